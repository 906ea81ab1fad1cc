DELETE FROM freehold.partitions
WHERE view = $1
