SELECT position
FROM freehold_log
WHERE tenant_id = ?1 AND aggregate = ?2 AND stream_id = ?3 AND version = ?4
