CREATE TABLE "balances" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "deposits" INTEGER NOT NULL,
    "cents" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("tenant_id", "id")
) STRICT;
