SELECT number
FROM freehold_dead_letters
WHERE view = ?1 AND view_version = ?2 AND tenant_id = ?3 AND key = ?4
