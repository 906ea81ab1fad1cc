SELECT position
FROM freehold.waiting_events
WHERE view = $1 AND view_version = $2 AND tenant_id = $3 AND key = $4
ORDER BY position
LIMIT $5
