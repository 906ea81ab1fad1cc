INSERT INTO freehold.partitions (view, version, partition, position, epoch, paused)
SELECT $1, $2, part.number, $4, $5, $6
FROM generate_series(0, $3::integer - 1) AS part (number)
