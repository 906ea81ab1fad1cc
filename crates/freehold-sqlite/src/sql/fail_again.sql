UPDATE freehold_dead_letters
SET position = ?2, aggregate = ?3, stream_id = ?4, name = ?5, correlation_id = ?6, error = ?7, attempts = ?8, tried = ?9,
    next_attempt = ?10
WHERE number = ?1
