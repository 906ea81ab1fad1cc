-- The events of streams that were closed for good, out of the way of the others, at the positions that they had.
CREATE TABLE freehold.archived_events (
    LIKE freehold.events INCLUDING CONSTRAINTS,
    PRIMARY KEY (position),
    UNIQUE (stream_id, tenant_id, aggregate, version)
);
CREATE INDEX archived_events_by_kind ON freehold.archived_events (aggregate, name, position)
