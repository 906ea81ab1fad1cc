CREATE TABLE "conformance_tallies" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "owner" TEXT,
    "grams" INTEGER NOT NULL,
    "trail" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
) STRICT;

CREATE TABLE "conformance_owners" (
    "tenant_id" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "parcels" INTEGER NOT NULL,
    "trail" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "owner")
) STRICT;

CREATE TABLE "conformance_specimens" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "truth" INTEGER,
    "number" INTEGER,
    "weight" TEXT COLLATE decimal,
    "words" TEXT,
    "day" TEXT,
    "moment" TEXT,
    "took" INTEGER,
    "reference" TEXT,
    "extra" TEXT,
    "price" TEXT NOT NULL COLLATE decimal,
    "order" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
) STRICT;

CREATE INDEX "conformance_specimens_by_weight" ON "conformance_specimens" ("tenant_id", "weight", "id");

CREATE TABLE "conformance_lines" (
    "tenant_id" TEXT NOT NULL,
    "weight" TEXT NOT NULL COLLATE decimal,
    "note" TEXT NOT NULL,
    "list" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "list", "number", "weight")
) STRICT;

CREATE TABLE "conformance_badges" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "badge" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
) STRICT;

CREATE UNIQUE INDEX "conformance_badges_by_badge" ON "conformance_badges" ("tenant_id", "badge");
