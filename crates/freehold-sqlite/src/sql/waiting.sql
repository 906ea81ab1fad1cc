SELECT position
FROM freehold_waiting_events
WHERE letter = ?1
ORDER BY position
LIMIT ?2
