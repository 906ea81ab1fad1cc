DELETE FROM freehold.rebuilds
WHERE view = $1
