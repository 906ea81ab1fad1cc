INSERT INTO freehold_partitions (view, version, partition, position)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (view, version, partition) DO UPDATE SET position = excluded.position
