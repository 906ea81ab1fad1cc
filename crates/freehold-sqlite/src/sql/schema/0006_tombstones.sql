-- Rows that an append has deleted while events that it took in are still ahead of the view's worker, with the version
-- of the stream up to which the worker has to pass them over. They go when it has.
CREATE TABLE freehold_tombstones (
    view TEXT NOT NULL,
    view_version INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    stream_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (view, view_version, tenant_id, stream_id)
) STRICT, WITHOUT ROWID
