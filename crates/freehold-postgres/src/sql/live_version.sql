SELECT version
FROM freehold.live_views
WHERE view = $1
