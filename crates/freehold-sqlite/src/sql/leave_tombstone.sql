INSERT INTO freehold_tombstones (view, view_version, tenant_id, stream_id, version, position)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE SET version = excluded.version, position = excluded.position
