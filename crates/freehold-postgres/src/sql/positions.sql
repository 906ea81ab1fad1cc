-- All of a tenant.
SELECT position
FROM freehold.events
WHERE tenant_id = $1 AND position > $2 AND position <= $3
UNION ALL
SELECT position
FROM freehold.archived_events
WHERE tenant_id = $1 AND position > $2 AND position <= $3
ORDER BY position
LIMIT $4
