CREATE TABLE "history_shared" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "bucket" text COLLATE "C" NOT NULL,
    "count" bigint NOT NULL,
    "chain" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "bucket")
);

CREATE TABLE "history_mixed" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "count" bigint NOT NULL,
    "chain" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "history_followed" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "stream" text COLLATE "C" NOT NULL,
    "count" bigint NOT NULL,
    "chain" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "stream")
);

CREATE TABLE "history_balances" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "name" text COLLATE "C",
    "balance" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "history_statements" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "name" text COLLATE "C",
    "balance" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
)
