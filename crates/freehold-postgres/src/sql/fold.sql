-- What is the same for nearly all events is not sent: a NULL stands for the first version of a shape.
SELECT event_id, name, NULLIF(event_version, 1), payload
FROM freehold.events
WHERE stream_id = $3 AND tenant_id = $1 AND aggregate = $2 AND version > $4 AND version <= $5
ORDER BY version
