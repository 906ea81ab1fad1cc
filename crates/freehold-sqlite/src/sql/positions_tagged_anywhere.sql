-- Tags are indexed by tenant: over all tenants the log is read through.
SELECT event.position
FROM freehold_log AS event
WHERE
    event.position > :after AND event.position <= :until
    AND NOT EXISTS (
        SELECT 1
        FROM json_each(:tags) AS wanted
        WHERE NOT EXISTS (
            SELECT 1
            FROM freehold_event_tags AS tagged
            WHERE
                tagged.tenant_id = event.tenant_id AND tagged.tag = wanted.value
                AND tagged.position = event.position
        )
    )
    AND (
        :kinds IS NULL
        OR EXISTS (
            SELECT 1
            FROM json_each(:kinds) AS kind
            WHERE event.aggregate = kind.value ->> 0 AND event.name = kind.value ->> 1
        )
    )
ORDER BY event.position
LIMIT :limit
