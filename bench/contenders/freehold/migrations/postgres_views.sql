CREATE TABLE "branch_totals" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "branch" bigint NOT NULL,
    "events" bigint NOT NULL,
    "cents" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "branch")
);

CREATE TABLE "account_totals" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "events" bigint NOT NULL,
    "cents" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "holders" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "number" bigint NOT NULL,
    "nickname" text COLLATE "C" NOT NULL,
    "name" text COLLATE "C" NOT NULL,
    "email" text COLLATE "C" NOT NULL,
    "cents" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);
CREATE INDEX "holders_by_nickname" ON "holders" ("tenant_id", "nickname", "id");

-- As docs/http.md has it for large tables.
CREATE EXTENSION pg_trgm;
CREATE INDEX "holders_by_part_of_nickname" ON "holders" USING gin (lower("nickname") gin_trgm_ops);
