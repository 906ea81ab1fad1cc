SELECT coalesce(max(epoch), 0)
FROM freehold.partitions
WHERE view = $1 OR view = $2
