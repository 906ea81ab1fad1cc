-- The plus keeps the planner from collecting all events of the tenant: read from the end, the first that fits is it.
SELECT max(position)
FROM freehold_events
WHERE +tenant_id = :tenant AND position > :after
