-- The newest snapshot of each stream that has one. It can be dropped: everything in it follows from the log.
CREATE TABLE freehold.snapshots (
    tenant_id text COLLATE "C" NOT NULL,
    aggregate text COLLATE "C" NOT NULL,
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    fingerprint uuid NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (stream_id, tenant_id, aggregate)
)
