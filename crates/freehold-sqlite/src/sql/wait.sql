INSERT INTO freehold_waiting_events (letter, position)
VALUES (?1, ?2)
ON CONFLICT DO NOTHING
