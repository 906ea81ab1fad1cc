DELETE FROM freehold.dead_letters
WHERE number = $1
