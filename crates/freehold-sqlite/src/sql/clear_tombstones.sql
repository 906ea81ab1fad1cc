DELETE FROM freehold_tombstones
WHERE view = ?1 AND view_version = ?2
    AND position <= (SELECT min(passed.position) FROM freehold_partitions AS passed WHERE passed.view = ?1 AND passed.version = ?2)
