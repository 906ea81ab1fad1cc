SELECT position
FROM freehold_checkpoints
WHERE view = ?1 AND version = ?2
