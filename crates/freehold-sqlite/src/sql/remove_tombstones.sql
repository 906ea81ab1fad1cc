DELETE FROM freehold_tombstones
WHERE view = ?1
