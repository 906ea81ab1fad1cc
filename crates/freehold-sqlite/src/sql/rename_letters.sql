UPDATE freehold_dead_letters
SET view = ?3, view_version = ?4
WHERE view = ?1 AND view_version = ?2
