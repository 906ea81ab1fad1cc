SELECT version
FROM freehold_live_views
WHERE view = ?1
