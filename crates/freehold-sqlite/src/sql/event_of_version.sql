SELECT event_id
FROM freehold_events
WHERE tenant_id = ?1 AND aggregate = ?2 AND stream_id = ?3 AND version = ?4
