UPDATE freehold_live_views
SET version = ?2
WHERE view = ?1
