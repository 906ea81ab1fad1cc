DELETE FROM freehold.dead_letters
WHERE view = $1
