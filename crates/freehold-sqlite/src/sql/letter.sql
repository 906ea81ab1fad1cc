SELECT tenant_id, key, position, attempts
FROM freehold_dead_letters
WHERE number = ?1 AND view = ?2 AND view_version = ?3
