UPDATE freehold_partitions
SET parked = (
    SELECT count(*) FROM freehold_dead_letters AS letter
    WHERE letter.view = ?1 AND letter.view_version = ?2 AND letter.partition = freehold_partitions.partition
)
WHERE view = ?1 AND version = ?2
