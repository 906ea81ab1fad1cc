INSERT INTO freehold.partitions (view, version, partition, position)
SELECT $1, $2, moved.partition, $4
FROM unnest($3::integer[]) AS moved (partition)
ON CONFLICT (view, version, partition) DO UPDATE SET position = excluded.position
