SELECT
    number, view, view_version, partition, tenant_id, key, position, aggregate, stream_id, name, correlation_id, error,
    attempts, parked, tried, next_attempt,
    (
        SELECT count(*) FROM freehold.waiting_events AS event
        WHERE event.view = letter.view AND event.view_version = letter.view_version
            AND event.tenant_id = letter.tenant_id AND event.key = letter.key
    )
FROM freehold.dead_letters AS letter
WHERE number > $1 AND ($2::text IS NULL OR view = $2) AND (NOT $3 OR next_attempt <= clock_timestamp())
ORDER BY number
LIMIT $4
