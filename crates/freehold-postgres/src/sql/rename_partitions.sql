UPDATE freehold.partitions
SET view = $3, version = $4, owner = NULL, epoch = $5
WHERE view = $1 AND version = $2
