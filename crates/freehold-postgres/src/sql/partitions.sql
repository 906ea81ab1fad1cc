SELECT view, version, partition, position, owner, parked, paused, epoch
FROM freehold.partitions
ORDER BY view, version, partition
