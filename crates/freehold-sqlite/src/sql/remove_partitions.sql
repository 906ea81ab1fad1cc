DELETE FROM freehold_partitions
WHERE view = ?1
