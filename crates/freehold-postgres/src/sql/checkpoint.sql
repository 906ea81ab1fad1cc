SELECT min(position)
FROM freehold.partitions
WHERE view = $1 AND version = $2
