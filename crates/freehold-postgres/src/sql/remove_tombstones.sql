DELETE FROM freehold.tombstones
WHERE view = $1
