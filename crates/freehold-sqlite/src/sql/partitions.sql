SELECT view, version, partition, position, owner, parked, paused, epoch
FROM freehold_partitions
ORDER BY view, version, partition
