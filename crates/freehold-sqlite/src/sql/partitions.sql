SELECT view, version, partition, position, owner, parked, paused
FROM freehold_partitions
ORDER BY view, version, partition
