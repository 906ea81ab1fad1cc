SELECT partition, epoch, position, parked
FROM freehold_partitions
WHERE view = ?1 AND version = ?2
