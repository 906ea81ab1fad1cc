-- Who changed what while the service was running.
CREATE TABLE freehold.audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    detail text NOT NULL
);

-- What happened for one reason lies close together, and ids that are made by the service grow with time: a summary of each
-- stretch of pages finds it, and costs an append next to nothing.
CREATE INDEX events_by_correlation ON freehold.events
    USING brin (correlation_id uuid_minmax_multi_ops) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX archived_events_by_correlation ON freehold.archived_events
    USING brin (correlation_id uuid_minmax_multi_ops) WITH (pages_per_range = 16, autosummarize = on)
