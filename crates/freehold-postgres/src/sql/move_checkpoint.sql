INSERT INTO freehold.checkpoints (view, version, position)
VALUES ($1, $2, $3)
ON CONFLICT (view, version) DO UPDATE SET position = excluded.position
