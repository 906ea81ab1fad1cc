-- In another epoch, so that whoever gave it back does not go on with it.
UPDATE freehold.partitions AS held
SET owner = NULL, epoch = held.epoch + 1
FROM unnest($3::integer[], $4::bigint[]) AS lease (partition, epoch)
WHERE held.view = $1 AND held.version = $2 AND held.partition = lease.partition AND held.epoch = lease.epoch
