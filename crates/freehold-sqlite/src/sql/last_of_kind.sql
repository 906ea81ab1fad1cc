-- The plus keeps the planner on the index by kind, read from its end.
SELECT max(position)
FROM freehold_events
WHERE aggregate = :aggregate AND name = :name AND +tenant_id = :tenant AND position > :after
