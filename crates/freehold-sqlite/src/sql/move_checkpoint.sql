INSERT INTO freehold_checkpoints (view, version, position)
VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET position = excluded.position
