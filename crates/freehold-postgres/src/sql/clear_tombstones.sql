DELETE FROM freehold.tombstones
WHERE view = $1 AND view_version = $2 AND position <= $3
