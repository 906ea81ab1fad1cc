-- The events of streams that were closed, out of the way of those that live. A stream lies whole in one of the two tables.
CREATE TABLE freehold_archived_events (
    position INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    stream_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    name TEXT NOT NULL,
    event_version INTEGER NOT NULL,
    payload TEXT NOT NULL,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    causation_id TEXT,
    command_id TEXT NOT NULL,
    UNIQUE (tenant_id, aggregate, stream_id, version)
) STRICT
