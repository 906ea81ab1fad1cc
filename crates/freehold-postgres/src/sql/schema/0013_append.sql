-- Writes a batch of appends if every condition of every one of them holds, else nothing: then the head is NULL.
--
-- The lock comes first, in a statement of its own, so that those behind it see all that was committed before it was
-- had. It is held until the transaction ends, so that positions are dense, in the order of the commits, and nobody
-- writes between the conditions and the events. Arrays are read by position: streams are those of the batch, each
-- once, with the version and the event that the first append to it expects; events and commands name theirs by its number and say
-- how far behind that version they are.
CREATE FUNCTION freehold.append(
    stream_tenants text[], stream_aggregates text[], stream_ids uuid[], stream_expected bigint[],
    stream_events uuid[],
    event_streams integer[], event_offsets bigint[],
    event_tenants text[], event_aggregates text[], event_stream_ids uuid[],
    event_ids uuid[], event_names text[], event_versions integer[], event_payloads text[],
    event_times timestamptz[], event_actors text[],
    event_correlations uuid[], event_causations uuid[], event_commands uuid[],
    tag_events bigint[], tag_tenants text[], tag_tags text[],
    command_tenants text[], command_ids uuid[], command_fingerprints uuid[], command_streams integer[],
    command_offsets bigint[], command_positions bigint[], command_times timestamptz[],
    kind_tenants text[], kind_after bigint[], kind_aggregates text[], kind_names text[],
    tagged_tenants text[], tagged_after bigint[], tagged_tags text[], tagged_others jsonb[], tagged_kinds jsonb[],
    OUT head bigint, OUT versions bigint[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last bigint;
    holds boolean;
BEGIN
    -- An assignment, which is the fastest way to call a function.
    holds := pg_advisory_xact_lock(7309466105870541412) IS NULL;
    SELECT
        greatest(
            (SELECT max(position) FROM freehold.events),
            (SELECT max(position) FROM freehold.archived_events),
            0
        ),
        array_agg(stream.version),
        bool_and(stream.version >= 0 AND (stream.expected IS NULL OR stream.expected = stream.version))
    INTO STRICT last, versions, holds
    FROM (
        SELECT
            stream.expected,
            coalesce(
                (
                    -- Below 0, if its last event is another than the one that is expected.
                    SELECT CASE WHEN event.event_id <> stream.event THEN -1 ELSE event.version END
                    FROM freehold.events AS event
                    WHERE event.stream_id = stream.id AND event.tenant_id = stream.tenant_id
                        AND event.aggregate = stream.aggregate
                    ORDER BY event.version DESC LIMIT 1
                ),
                (
                    SELECT -event.version FROM freehold.archived_events AS event
                    WHERE event.stream_id = stream.id AND event.tenant_id = stream.tenant_id
                        AND event.aggregate = stream.aggregate
                    ORDER BY event.version DESC LIMIT 1
                ),
                0
            ) AS version
        FROM unnest(stream_tenants, stream_aggregates, stream_ids, stream_expected, stream_events)
            WITH ORDINALITY AS stream (tenant_id, aggregate, id, expected, event, number)
        ORDER BY stream.number
    ) AS stream;
    IF NOT holds THEN
        RETURN;
    END IF;
    IF command_ids IS NOT NULL AND EXISTS (
        SELECT FROM unnest(command_tenants, command_ids) AS command (tenant_id, id)
        JOIN freehold.commands AS known ON known.command_id = command.id AND known.tenant_id = command.tenant_id
    ) THEN
        RETURN;
    END IF;
    IF kind_after IS NOT NULL AND EXISTS (
        SELECT FROM unnest(kind_tenants, kind_after, kind_aggregates, kind_names)
            AS kind (tenant_id, after, aggregate, name)
        WHERE freehold.last_of_kind(kind.tenant_id, kind.after, kind.aggregate, kind.name) IS NOT NULL
    ) THEN
        RETURN;
    END IF;
    IF tagged_after IS NOT NULL AND EXISTS (
        SELECT FROM unnest(tagged_tenants, tagged_after, tagged_tags, tagged_others, tagged_kinds)
            AS tagged (tenant_id, after, tag, others, kinds)
        JOIN freehold.event_tags AS found
            ON found.tenant_id = tagged.tenant_id AND found.tag = tagged.tag AND found.position > tagged.after
        WHERE (tagged.others IS NULL OR freehold.is_tagged(found.tenant_id, found.position, tagged.others))
            AND (tagged.kinds IS NULL OR freehold.is_of_kind(found.position, tagged.kinds))
    ) THEN
        RETURN;
    END IF;
    IF event_ids IS NOT NULL THEN
        INSERT INTO freehold.events (
            position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
            correlation_id, causation_id, command_id
        )
        SELECT
            last + event.number, event.tenant_id, event.aggregate, event.stream_id,
            versions[event.stream] + event.behind, event.id, event.name, event.version, event.payload::json,
            event.time, event.actor, event.correlation_id, event.causation_id, event.command_id
        FROM unnest(
            event_streams, event_offsets, event_tenants, event_aggregates, event_stream_ids, event_ids, event_names,
            event_versions, event_payloads, event_times, event_actors, event_correlations, event_causations,
            event_commands
        ) WITH ORDINALITY AS event (
            stream, behind, tenant_id, aggregate, stream_id, id, name, version, payload, time, actor, correlation_id,
            causation_id, command_id, number
        );
    END IF;
    IF tag_events IS NOT NULL THEN
        -- An event that names a tag twice has it once.
        INSERT INTO freehold.event_tags (tenant_id, tag, position)
        SELECT tag.tenant_id, tag.tag, last + tag.event
        FROM unnest(tag_events, tag_tenants, tag_tags) AS tag (event, tenant_id, tag)
        ON CONFLICT DO NOTHING;
    END IF;
    IF command_ids IS NOT NULL THEN
        INSERT INTO freehold.commands (
            tenant_id, command_id, fingerprint, aggregate, stream_id, version, position, time
        )
        SELECT
            command.tenant_id, command.id, command.fingerprint, stream_aggregates[command.stream],
            stream_ids[command.stream], versions[command.stream] + command.behind, last + command.position,
            command.time
        FROM unnest(
            command_tenants, command_ids, command_fingerprints, command_streams, command_offsets, command_positions,
            command_times
        ) AS command (tenant_id, id, fingerprint, stream, behind, position, time);
    END IF;
    head := last;
END
$$;

-- The head that a batch was written behind, which is known to be there.
CREATE FUNCTION freehold.held(head bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF head IS NULL THEN
        RAISE EXCEPTION 'a batch that was known to hold was refused';
    END IF;
    RETURN head;
END
$$
