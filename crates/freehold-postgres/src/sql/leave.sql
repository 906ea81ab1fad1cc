WITH gone AS (DELETE FROM freehold.nodes WHERE id = $1)
UPDATE freehold.partitions
SET owner = NULL, epoch = epoch + 1
WHERE owner = $1
