SELECT view, version, partition, position, owner, parked, paused
FROM freehold.partitions
ORDER BY view, version, partition
