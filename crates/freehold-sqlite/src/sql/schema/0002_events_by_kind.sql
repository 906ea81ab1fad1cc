-- Projections read their kinds of event in the order of the log, however rare they are; the tenant makes the index
-- cover what conditions ask.
CREATE INDEX freehold_events_by_kind ON freehold_events (aggregate, name, position, tenant_id)
