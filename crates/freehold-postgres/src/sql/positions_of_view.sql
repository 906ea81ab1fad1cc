SELECT coalesce(min(position), 0), coalesce(max(position), 0)
FROM freehold.partitions
WHERE view = $1 AND version = $2
