CREATE TABLE "balances" (
    "tenant_id" text COLLATE "C" NOT NULL,
    "id" uuid NOT NULL,
    "deposits" bigint NOT NULL,
    "cents" bigint NOT NULL,
    "version" bigint NOT NULL,
    "position" bigint NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
);
