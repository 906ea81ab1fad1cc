-- Reading over all tenants, for projections and relays: no request of a tenant leads here.

-- The log in its order, with what was archived. A view, which reads as its owner does, where the rest are functions: what
-- a function returns is all collected before the first row is sent, which takes as long again as reading it. Without
-- conditions of their own in its parts the planner reads both in the order of their indexes.
CREATE VIEW freehold.log AS
SELECT
    position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id,
    tenant_id, aggregate, stream_id
FROM freehold.events
UNION ALL
SELECT
    position, version, event_id, name, event_version, payload, time, actor, correlation_id, causation_id, command_id,
    tenant_id, aggregate, stream_id
FROM freehold.archived_events;

-- The events at positions that are known to be taken, in their order.
CREATE FUNCTION freehold.events_at(positions bigint[]) RETURNS SETOF freehold.events
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
        correlation_id, causation_id, command_id
    FROM freehold.events
    WHERE position = ANY(positions)
    UNION ALL
    SELECT
        position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
        correlation_id, causation_id, command_id
    FROM freehold.archived_events
    WHERE position = ANY(positions)
    ORDER BY position;
END
$$;

-- One kind at a time, so that the index is read in the order of the log and no further than the limit.
CREATE FUNCTION freehold.positions_of_kinds(
    aggregates text[], names text[], first bigint, last bigint, most bigint
) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT found.position
    FROM unnest(aggregates, names) AS kind (aggregate, name)
    CROSS JOIN LATERAL (
        (
            SELECT event.position FROM freehold.events AS event
            WHERE event.aggregate = kind.aggregate AND event.name = kind.name
                AND event.position > first AND event.position <= last
            ORDER BY event.position LIMIT most
        )
        UNION ALL
        (
            SELECT event.position FROM freehold.archived_events AS event
            WHERE event.aggregate = kind.aggregate AND event.name = kind.name
                AND event.position > first AND event.position <= last
            ORDER BY event.position LIMIT most
        )
    ) AS found
    ORDER BY found.position
    LIMIT most;
END
$$;

CREATE FUNCTION freehold.positions_of_streams(
    aggregates text[], ids uuid[], tags jsonb, kinds jsonb, first bigint, last bigint, most bigint
) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT found.position
    FROM unnest(aggregates, ids) AS stream (aggregate, id)
    CROSS JOIN LATERAL (
        SELECT event.position FROM freehold.events AS event
        WHERE event.stream_id = stream.id AND event.aggregate = stream.aggregate
            AND event.position > first AND event.position <= last
            AND freehold.is_tagged(event.tenant_id, event.position, tags)
            AND (kinds IS NULL OR kinds @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name)))
        UNION ALL
        SELECT event.position FROM freehold.archived_events AS event
        WHERE event.stream_id = stream.id AND event.aggregate = stream.aggregate
            AND event.position > first AND event.position <= last
            AND freehold.is_tagged(event.tenant_id, event.position, tags)
            AND (kinds IS NULL OR kinds @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name)))
    ) AS found
    ORDER BY found.position
    LIMIT most;
END
$$;

-- Tags are indexed by tenant: over all tenants the log is read through, in its order, until there are enough.
CREATE FUNCTION freehold.positions_tagged(
    tags jsonb, kinds jsonb, first bigint, last bigint, most bigint
) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    event record;
BEGIN
    FOR event IN
        (
            SELECT position, tenant_id, aggregate, name FROM freehold.events
            WHERE position > first AND position <= last
            ORDER BY position
        )
        UNION ALL
        (
            SELECT position, tenant_id, aggregate, name FROM freehold.archived_events
            WHERE position > first AND position <= last
            ORDER BY position
        )
        ORDER BY position
    LOOP
        EXIT WHEN most <= 0;
        CONTINUE WHEN NOT freehold.is_tagged(event.tenant_id, event.position, tags);
        CONTINUE WHEN NOT (kinds IS NULL OR kinds @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name)));
        most := most - 1;
        RETURN NEXT event.position;
    END LOOP;
END
$$
