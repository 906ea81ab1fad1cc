-- Found by one tag; the others, and the kind if kinds are given, are looked at for what it finds.
SELECT tagged.position
FROM freehold_event_tags AS tagged
WHERE
    tagged.tenant_id = :tenant AND tagged.tag = :tag
    AND tagged.position > :after
    AND NOT EXISTS (
        SELECT 1
        FROM json_each(:other_tags) AS other
        WHERE NOT EXISTS (
            SELECT 1
            FROM freehold_event_tags AS also
            WHERE also.tenant_id = tagged.tenant_id AND also.tag = other.value AND also.position = tagged.position
        )
    )
    AND (
        :kinds IS NULL
        OR EXISTS (
            SELECT 1
            FROM freehold_log AS event, json_each(:kinds) AS kind
            WHERE
                event.position = tagged.position
                AND event.aggregate = kind.value ->> 0 AND event.name = kind.value ->> 1
        )
    )
ORDER BY tagged.position DESC
LIMIT 1
