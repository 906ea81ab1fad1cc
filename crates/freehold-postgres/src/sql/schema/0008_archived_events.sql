-- The events of streams that were closed for good, out of the way of the others, at the positions that they had.
CREATE TABLE freehold.archived_events (
    LIKE freehold.events INCLUDING CONSTRAINTS,
    PRIMARY KEY (position),
    UNIQUE (stream_id, version, tenant_id, aggregate)
);
CREATE INDEX archived_events_by_kind ON freehold.archived_events (aggregate, name, position);

-- How many streams were archived so far, by which a node finds out that others have done so.
CREATE TABLE freehold.archivals (number bigint NOT NULL);
INSERT INTO freehold.archivals VALUES (0)
