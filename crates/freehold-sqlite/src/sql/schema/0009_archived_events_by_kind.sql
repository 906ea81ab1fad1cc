-- As of the events that live.
CREATE INDEX freehold_archived_events_by_kind ON freehold_archived_events (aggregate, name, position, tenant_id)
