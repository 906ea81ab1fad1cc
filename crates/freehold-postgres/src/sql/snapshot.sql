SELECT version, fingerprint, state
FROM freehold.snapshots
WHERE tenant_id = $1 AND aggregate = $2 AND stream_id = $3
