UPDATE freehold.waiting_events
SET view = $3, view_version = $4
WHERE view = $1 AND view_version = $2
