UPDATE freehold.dead_letters
SET position = $2, aggregate = $3, stream_id = $4, name = $5, correlation_id = $6, error = $7, attempts = $8,
    tried = clock_timestamp(), next_attempt = clock_timestamp() + $9::bigint * interval '1 microsecond'
WHERE number = $1
