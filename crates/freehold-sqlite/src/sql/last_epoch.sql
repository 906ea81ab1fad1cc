SELECT max(epoch)
FROM freehold_partitions
WHERE view = ?1 OR view = ?2
