-- The plus keeps the planner from collecting all events of the tenant: read from the end, the first that fits is it.
SELECT position
FROM freehold_log
WHERE +tenant_id = ?1 AND position > ?2
ORDER BY position DESC
LIMIT 1
