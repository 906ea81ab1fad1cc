SELECT coalesce(max(position), 0)
FROM freehold_events
