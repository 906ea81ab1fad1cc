-- Which steps were run, the adapter's own among them.
CREATE SCHEMA IF NOT EXISTS freehold;
CREATE TABLE IF NOT EXISTS freehold.migrations (
    context text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (context, name)
)
