-- With kinds it gives more than was meant where an aggregate has a name of another one's: looking for pairs takes longer
-- than what it spares.
SELECT
    position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id,
    tenant_id, aggregate, stream_id
FROM freehold.log
WHERE position > $1 AND position <= $2 AND ($3::text[] IS NULL OR (name = ANY($4::text[]) AND aggregate = ANY($3)))
ORDER BY position
