SELECT fingerprint, aggregate, stream_id, version, position
FROM freehold.commands
WHERE tenant_id = $1 AND command_id = $2
