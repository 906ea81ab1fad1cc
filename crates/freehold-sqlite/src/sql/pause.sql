UPDATE freehold_partitions
SET paused = ?2
WHERE view = ?1
