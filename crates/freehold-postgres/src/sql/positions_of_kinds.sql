-- One kind at a time, so that the index is read in the order of the log and no further than the limit.
SELECT found.position
FROM unnest($2::text[], $3::text[]) AS kind (aggregate, name)
CROSS JOIN LATERAL (
    (
        SELECT event.position FROM freehold.events AS event
        WHERE event.tenant_id = $1 AND event.aggregate = kind.aggregate AND event.name = kind.name
            AND event.position > $4 AND event.position <= $5
        ORDER BY event.position LIMIT $6
    )
    UNION ALL
    (
        SELECT event.position FROM freehold.archived_events AS event
        WHERE event.tenant_id = $1 AND event.aggregate = kind.aggregate AND event.name = kind.name
            AND event.position > $4 AND event.position <= $5
        ORDER BY event.position LIMIT $6
    )
) AS found
ORDER BY found.position
LIMIT $6
