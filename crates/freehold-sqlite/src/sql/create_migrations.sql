-- Which steps were run, the adapter's own among them.
CREATE TABLE IF NOT EXISTS freehold_migrations (
    context TEXT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    PRIMARY KEY (context, name)
) STRICT, WITHOUT ROWID
