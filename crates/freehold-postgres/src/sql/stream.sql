(
    SELECT
        position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id
    FROM freehold.events
    WHERE stream_id = $3 AND tenant_id = $1 AND aggregate = $2 AND version > $4 AND version <= $5
    ORDER BY version
)
UNION ALL
(
    SELECT
        position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id
    FROM freehold.archived_events
    WHERE stream_id = $3 AND tenant_id = $1 AND aggregate = $2 AND version > $4 AND version <= $5
    ORDER BY version
)
ORDER BY version
