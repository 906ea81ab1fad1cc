SELECT tenant_id, stream_id, version
FROM freehold.tombstones
WHERE view = $1 AND view_version = $2 AND tenant_id = ANY($3) AND stream_id = ANY($4)
