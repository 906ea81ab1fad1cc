-- Projections read their kinds of event in the order of the log, however rare they are.
CREATE INDEX events_by_kind ON freehold.events (aggregate, name, position)
