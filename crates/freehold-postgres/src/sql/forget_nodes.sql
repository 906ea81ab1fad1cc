DELETE FROM freehold.nodes
WHERE until < clock_timestamp() - interval '1 hour'
