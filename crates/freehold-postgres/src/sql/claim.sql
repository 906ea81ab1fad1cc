UPDATE freehold.partitions AS wanted
SET owner = $1, epoch = wanted.epoch + 1
WHERE wanted.view = $2 AND wanted.version = $3 AND wanted.partition = ANY($4)
    AND (
        wanted.owner IS NULL OR wanted.owner = $1 OR NOT EXISTS (
            SELECT FROM freehold.nodes AS node WHERE node.id = wanted.owner AND node.until > clock_timestamp()
        )
    )
    AND EXISTS (SELECT FROM freehold.nodes AS node WHERE node.id = $1 AND node.until > clock_timestamp())
RETURNING wanted.partition, wanted.epoch, wanted.position
