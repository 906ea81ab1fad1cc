SELECT version
FROM freehold_tombstones
WHERE view = ?1 AND view_version = ?2 AND tenant_id = ?3 AND stream_id = ?4
