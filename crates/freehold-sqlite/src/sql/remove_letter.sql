DELETE FROM freehold_dead_letters
WHERE number = ?1
