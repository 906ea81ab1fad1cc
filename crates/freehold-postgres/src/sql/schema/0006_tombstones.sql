-- Rows that an append has deleted while events that it took in are still ahead of the view's worker, with the version
-- of the stream up to which the worker has to pass them over. They go when it has.
CREATE TABLE freehold.tombstones (
    view text COLLATE "C" NOT NULL,
    view_version integer NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (view, view_version, tenant_id, stream_id)
)
