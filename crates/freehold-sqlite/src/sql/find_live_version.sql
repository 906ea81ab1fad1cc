INSERT INTO freehold_live_views (view, version)
VALUES (?1, ?2)
ON CONFLICT DO NOTHING
