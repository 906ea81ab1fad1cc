CREATE TABLE "history_shared" (
    "tenant_id" TEXT NOT NULL,
    "bucket" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "chain" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "bucket")
) STRICT;

CREATE TABLE "history_mixed" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "chain" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
) STRICT;

CREATE TABLE "history_followed" (
    "tenant_id" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "chain" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "stream")
) STRICT;

CREATE TABLE "history_balances" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT,
    "balance" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
) STRICT;

CREATE TABLE "history_statements" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT,
    "balance" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
) STRICT
