INSERT INTO freehold_events (
    position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
    correlation_id, causation_id, command_id
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
