-- Given whoever lives, as a JSON list.
SELECT
    position, epoch, paused,
    parked > 0 OR ifnull(owner IN (SELECT living.value FROM json_each(?3) AS living), false)
FROM freehold_partitions
WHERE view = ?1 AND version = ?2
