-- The newest state of aggregates with long streams. Large rows: beside the index, not in it.
CREATE TABLE freehold_snapshots (
    tenant_id TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    stream_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (tenant_id, aggregate, stream_id)
) STRICT
