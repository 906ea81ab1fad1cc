-- The partitions of a view, whether somebody who lives holds one of them, and whether any of its rows wait.
SELECT
    partition.position, partition.epoch, partition.paused,
    EXISTS (SELECT FROM freehold.nodes AS node WHERE node.id = partition.owner AND node.until > clock_timestamp()),
    partition.parked > 0
FROM freehold.partitions AS partition
WHERE partition.view = $1 AND partition.version = $2
FOR UPDATE OF partition
