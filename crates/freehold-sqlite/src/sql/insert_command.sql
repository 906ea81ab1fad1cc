INSERT INTO freehold_commands (
    tenant_id, command_id, fingerprint, aggregate, stream_id, version, position, time
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
