-- Partitions as they stay until the transaction ends, and how many the view has.
SELECT
    partition, epoch, position, parked,
    (SELECT count(*) FROM freehold.partitions AS one WHERE one.view = $1 AND one.version = $2)
FROM freehold.partitions
WHERE view = $1 AND version = $2 AND ($3::integer[] IS NULL OR partition = ANY($3))
ORDER BY partition
FOR NO KEY UPDATE
