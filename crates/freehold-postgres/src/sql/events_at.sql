-- The events of a tenant at positions that are known to be taken, in their order.
SELECT
    position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id,
    tenant_id, aggregate, stream_id
FROM freehold.events
WHERE tenant_id = $1 AND position = ANY($2)
UNION ALL
SELECT
    position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id,
    tenant_id, aggregate, stream_id
FROM freehold.archived_events
WHERE tenant_id = $1 AND position = ANY($2)
ORDER BY position
