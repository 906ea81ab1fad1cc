SELECT position FROM freehold.events
WHERE correlation_id = $1 AND position > $2
UNION ALL
SELECT position FROM freehold.archived_events
WHERE correlation_id = $1 AND position > $2
ORDER BY position
LIMIT $3
