-- The plus keeps the planner on the index by kind, read from its end.
SELECT position
FROM freehold_log
WHERE aggregate = :aggregate AND name = :name AND +tenant_id = :tenant AND position > :after
ORDER BY position DESC
LIMIT 1
