SELECT position
FROM freehold.checkpoints
WHERE view = $1 AND version = $2
