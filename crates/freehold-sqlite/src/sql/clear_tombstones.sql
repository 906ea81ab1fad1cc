DELETE FROM freehold_tombstones
WHERE view = ?1 AND view_version = ?2 AND position <= ?3
