SELECT tenant_id, key
FROM freehold.dead_letters
WHERE view = $1 AND view_version = $2 AND tenant_id = ANY($3) AND key = ANY($4)
