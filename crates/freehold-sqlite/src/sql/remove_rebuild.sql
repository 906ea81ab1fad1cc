DELETE FROM freehold_rebuilds
WHERE view = ?1
