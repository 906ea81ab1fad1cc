-- What tagged events are looked at for: lists are JSON arrays, kinds pairs of aggregate and name.
CREATE FUNCTION freehold.is_tagged(tenant text, event_position bigint, tags jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN tags IS NULL OR NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(tags) AS wanted (tag)
        WHERE NOT EXISTS (
            SELECT FROM freehold.event_tags AS also
            WHERE also.tenant_id = tenant AND also.tag = wanted.tag AND also.position = event_position
        )
    );
END
$$;

CREATE FUNCTION freehold.is_of_kind(event_position bigint, kinds jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM freehold.events AS event
        WHERE event.position = event_position
            AND kinds @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name))
    ) OR EXISTS (
        SELECT FROM freehold.archived_events AS event
        WHERE event.position = event_position
            AND kinds @> jsonb_build_array(jsonb_build_array(event.aggregate, event.name))
    );
END
$$
