DELETE FROM freehold_dead_letters
WHERE view = ?1
