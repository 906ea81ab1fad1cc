UPDATE freehold.live_views
SET version = $2
WHERE view = $1
