-- By version, which the index of streams has, and which is the order of the log within a stream.
SELECT position, version
FROM freehold_log AS log
WHERE
    tenant_id = :tenant AND aggregate = :aggregate AND stream_id = :stream
    AND version > :after AND version <= :until
    AND (:names IS NULL OR name IN (SELECT value FROM json_each(:names)))
    AND NOT EXISTS (
        SELECT 1
        FROM json_each(:tags) AS wanted
        WHERE NOT EXISTS (
            SELECT 1
            FROM freehold_event_tags AS tagged
            WHERE tagged.tenant_id = :tenant AND tagged.tag = wanted.value AND tagged.position = log.position
        )
    )
ORDER BY version
LIMIT :limit
