UPDATE freehold.partitions
SET paused = $2
WHERE view = $1
