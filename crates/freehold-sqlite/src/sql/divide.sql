INSERT INTO freehold_partitions (view, version, partition, position, epoch, paused)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
