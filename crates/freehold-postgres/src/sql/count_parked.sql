UPDATE freehold.partitions AS partition
SET parked = (
    SELECT count(*) FROM freehold.dead_letters AS letter
    WHERE letter.view = $1 AND letter.view_version = $2 AND letter.partition = partition.partition
)
WHERE partition.view = $1 AND partition.version = $2
