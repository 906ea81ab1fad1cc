DELETE FROM freehold.partitions
WHERE view = $1 AND version = $2
