-- The position of the last event of a tenant behind a position that is meant, one function a kind of question, each
-- answered from the end of an index. Archived events count like all others. In PL/pgSQL, whose plans are kept.
CREATE FUNCTION freehold.last(tenant text, after bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN greatest(
        (
            SELECT event.position FROM freehold.events AS event
            WHERE event.tenant_id = tenant AND event.position > after
            ORDER BY event.position DESC LIMIT 1
        ),
        (
            SELECT event.position FROM freehold.archived_events AS event
            WHERE event.tenant_id = tenant AND event.position > after
            ORDER BY event.position DESC LIMIT 1
        )
    );
END
$$;

CREATE FUNCTION freehold.last_of_kind(tenant text, after bigint, kind_aggregate text, kind_name text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN greatest(
        (
            SELECT event.position FROM freehold.events AS event
            WHERE event.aggregate = kind_aggregate AND event.name = kind_name AND event.position > after
                AND event.tenant_id = tenant
            ORDER BY event.position DESC LIMIT 1
        ),
        (
            SELECT event.position FROM freehold.archived_events AS event
            WHERE event.aggregate = kind_aggregate AND event.name = kind_name AND event.position > after
                AND event.tenant_id = tenant
            ORDER BY event.position DESC LIMIT 1
        )
    );
END
$$;

-- Found by one tag; the others, and the kind if kinds are given, are looked at for what it finds.
CREATE FUNCTION freehold.last_tagged(tenant text, after bigint, first_tag text, other_tags jsonb, kinds jsonb)
RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT tagged.position FROM freehold.event_tags AS tagged
        WHERE tagged.tenant_id = tenant AND tagged.tag = first_tag AND tagged.position > after
            AND freehold.is_tagged(tagged.tenant_id, tagged.position, other_tags)
            AND (kinds IS NULL OR freehold.is_of_kind(tagged.position, kinds))
        ORDER BY tagged.position DESC LIMIT 1
    );
END
$$;

CREATE FUNCTION freehold.last_of_stream(
    tenant text, after bigint, stream_aggregate text, stream uuid, tags jsonb, kinds jsonb
) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN greatest(
        (
            SELECT event.position FROM freehold.events AS event
            WHERE event.stream_id = stream AND event.tenant_id = tenant AND event.aggregate = stream_aggregate
                AND event.position > after
                AND freehold.is_tagged(tenant, event.position, tags)
                AND (kinds IS NULL OR kinds @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name)))
            ORDER BY event.version DESC LIMIT 1
        ),
        (
            SELECT event.position FROM freehold.archived_events AS event
            WHERE event.stream_id = stream AND event.tenant_id = tenant AND event.aggregate = stream_aggregate
                AND event.position > after
                AND freehold.is_tagged(tenant, event.position, tags)
                AND (kinds IS NULL OR kinds @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name)))
            ORDER BY event.version DESC LIMIT 1
        )
    );
END
$$
