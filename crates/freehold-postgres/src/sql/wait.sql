INSERT INTO freehold.waiting_events (view, view_version, tenant_id, key, position)
SELECT $1, $2, $3, $4, event.position
FROM unnest($5::bigint[]) AS event (position)
ON CONFLICT DO NOTHING
