-- Where a stream ends, and in which of the two tables.
SELECT
    (
        SELECT max(version)
        FROM freehold_events
        WHERE tenant_id = ?1 AND aggregate = ?2 AND stream_id = ?3
    ),
    (
        SELECT max(version)
        FROM freehold_archived_events
        WHERE tenant_id = ?1 AND aggregate = ?2 AND stream_id = ?3
    )
