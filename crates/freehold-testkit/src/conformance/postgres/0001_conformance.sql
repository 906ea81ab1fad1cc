CREATE TABLE "conformance_tallies" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "owner" text COLLATE "C",
    "grams" bigint NOT NULL,
    "trail" text COLLATE "C" NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "conformance_owners" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "owner" text COLLATE "C" NOT NULL,
    "parcels" bigint NOT NULL,
    "trail" text COLLATE "C" NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "owner")
);

CREATE TABLE "conformance_specimens" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "truth" boolean,
    "number" bigint,
    "weight" numeric,
    "words" text COLLATE "C",
    "day" date,
    "moment" timestamptz,
    "took" interval,
    "reference" uuid,
    "extra" json,
    "price" numeric NOT NULL,
    "order" text COLLATE "C" NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);

CREATE INDEX "conformance_specimens_by_weight" ON "conformance_specimens" ("tenant_id", "weight", "id");

CREATE TABLE "conformance_lines" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "weight" numeric NOT NULL,
    "note" text COLLATE "C" NOT NULL,
    "list" text COLLATE "C" NOT NULL,
    "number" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "list", "number", "weight")
);

CREATE TABLE "conformance_badges" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "badge" text COLLATE "C" NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "conformance_badges_by_badge" ON "conformance_badges" ("tenant_id", "badge");
