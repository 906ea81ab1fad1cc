DELETE FROM freehold.waiting_events
WHERE view = $1
