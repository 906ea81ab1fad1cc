DELETE FROM freehold_waiting_events
WHERE letter = ?1 AND position = ?2
