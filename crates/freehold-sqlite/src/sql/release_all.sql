UPDATE freehold_partitions
SET owner = NULL, epoch = epoch + 1
WHERE owner = ?1
