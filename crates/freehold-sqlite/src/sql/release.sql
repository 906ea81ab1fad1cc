-- In another epoch, so that whoever gave it back does not go on with it.
UPDATE freehold_partitions
SET owner = NULL, epoch = epoch + 1
WHERE view = ?1 AND version = ?2 AND partition = ?3 AND epoch = ?4
