SELECT found.position
FROM unnest($2::text[], $3::uuid[]) AS stream (aggregate, id)
CROSS JOIN LATERAL (
    SELECT event.position FROM freehold.events AS event
    WHERE event.tenant_id = $1 AND event.stream_id = stream.id AND event.aggregate = stream.aggregate
        AND event.position > $6 AND event.position <= $7
        AND freehold.is_tagged(event.tenant_id, event.position, $4::jsonb)
        AND ($5::jsonb IS NULL OR $5::jsonb @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name)))
    UNION ALL
    SELECT event.position FROM freehold.archived_events AS event
    WHERE event.tenant_id = $1 AND event.stream_id = stream.id AND event.aggregate = stream.aggregate
        AND event.position > $6 AND event.position <= $7
        AND freehold.is_tagged(event.tenant_id, event.position, $4::jsonb)
        AND ($5::jsonb IS NULL OR $5::jsonb @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name)))
) AS found
ORDER BY found.position
LIMIT $8
