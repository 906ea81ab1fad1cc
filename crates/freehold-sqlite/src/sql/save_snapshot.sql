-- The newest of one shape is kept; one of another shape always takes its place.
INSERT INTO freehold_snapshots (tenant_id, aggregate, stream_id, version, fingerprint, state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE
SET version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state
WHERE excluded.version >= version OR excluded.fingerprint <> fingerprint
