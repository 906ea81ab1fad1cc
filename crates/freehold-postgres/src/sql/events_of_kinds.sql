SELECT
    position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id,
    tenant_id, aggregate, stream_id
FROM freehold.events_of_kinds($1, $2, $3, $4)
