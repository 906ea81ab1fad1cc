SELECT
    number, view, view_version, partition, tenant_id, key, position, aggregate, stream_id, name, correlation_id, error,
    attempts, parked, tried, next_attempt,
    (SELECT count(*) FROM freehold_waiting_events AS event WHERE event.letter = letter.number)
FROM freehold_dead_letters AS letter
WHERE number > ?1 AND (?2 IS NULL OR view = ?2) AND (?3 IS NULL OR next_attempt <= ?3)
ORDER BY number
LIMIT ?4
