-- Given whoever lives, as a JSON list.
UPDATE freehold_partitions
SET owner = ?1, epoch = epoch + 1
WHERE view = ?2 AND version = ?3 AND partition = ?4
    AND (owner IS NULL OR owner = ?1 OR owner NOT IN (SELECT living.value FROM json_each(?5) AS living))
RETURNING epoch, position
