INSERT INTO freehold.dead_letters (
    view, view_version, partition, tenant_id, key, position, aggregate, stream_id, name, correlation_id, error, attempts,
    next_attempt
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, clock_timestamp() + $13::bigint * interval '1 microsecond')
