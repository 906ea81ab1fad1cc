INSERT INTO freehold.snapshots AS known (tenant_id, aggregate, stream_id, version, fingerprint, state)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (stream_id, tenant_id, aggregate)
DO UPDATE SET version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state
WHERE known.fingerprint <> excluded.fingerprint OR known.version < excluded.version
