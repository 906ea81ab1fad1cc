INSERT INTO freehold_archived_events (
    position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
    correlation_id, causation_id, command_id
)
SELECT
    position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
    correlation_id, causation_id, command_id
FROM freehold_events
WHERE tenant_id = ?1 AND aggregate = ?2 AND stream_id = ?3
