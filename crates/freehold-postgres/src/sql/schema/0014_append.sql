-- Writes a batch of appends if every condition of every one of them holds, else nothing. Tells the head of the log
-- before it and the version of each stream before it, or NULL if nothing was written.
--
-- The lock comes first, in a statement of its own, so that those behind it see all that was committed before it was
-- had. It is held until the transaction ends, so that positions are dense, in the order of the commits, and nobody
-- writes between the conditions and the events. Streams are those of the batch, each once, with the version and the
-- event that the first append to it expects; events and commands name theirs by its number, say how far behind its
-- version they are, and how far behind the head.
CREATE FUNCTION freehold.append(
    streams freehold.appended_stream[], events freehold.appended_event[], tags freehold.appended_tag[],
    commands freehold.appended_command[], kinds freehold.kind_condition[], tagged freehold.tag_condition[]
) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head bigint;
    versions bigint[];
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
    INTO STRICT head, versions, holds
    FROM (
        SELECT
            stream.expected,
            coalesce(
                (
                    -- Below 0, if its last event is another than the one that is expected. What lies before the
                    -- version that is expected is not asked for: an index scan looks at all entries of a page that
                    -- it is asked for, however few are taken.
                    SELECT CASE WHEN event.event_id <> stream.event THEN -1 ELSE event.version END
                    FROM freehold.events AS event
                    WHERE event.stream_id = stream.id AND event.tenant_id = stream.tenant_id
                        AND event.aggregate = stream.aggregate
                        AND event.version >= coalesce(stream.expected, 0)
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
        FROM unnest(streams) AS stream
    ) AS stream;
    IF NOT holds THEN
        RETURN NULL;
    END IF;
    IF commands IS NOT NULL AND EXISTS (
        SELECT FROM unnest(commands) AS command
        JOIN freehold.commands AS known
            ON known.command_id = command.command_id AND known.tenant_id = command.tenant_id
    ) THEN
        RETURN NULL;
    END IF;
    IF kinds IS NOT NULL AND EXISTS (
        SELECT FROM unnest(kinds) AS kind
        WHERE freehold.last_of_kind(kind.tenant_id, kind.after, kind.aggregate, kind.name) IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;
    IF tagged IS NOT NULL AND EXISTS (
        SELECT FROM unnest(tagged) AS asked
        JOIN freehold.event_tags AS found
            ON found.tenant_id = asked.tenant_id AND found.tag = asked.tag AND found.position > asked.after
        WHERE (asked.others IS NULL OR freehold.is_tagged(found.tenant_id, found.position, asked.others))
            AND (asked.kinds IS NULL OR freehold.is_of_kind(found.position, asked.kinds))
    ) THEN
        RETURN NULL;
    END IF;
    IF events IS NOT NULL THEN
        INSERT INTO freehold.events (
            position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
            correlation_id, causation_id, command_id
        )
        SELECT
            head + event.number, event.tenant_id, event.aggregate, event.stream_id,
            versions[event.stream] + event.behind, event.event_id, event.name, event.event_version,
            event.payload::json, event.time, event.actor, event.correlation_id, event.causation_id, event.command_id
        FROM unnest(events) AS event;
    END IF;
    IF tags IS NOT NULL THEN
        -- An event that names a tag twice has it once.
        INSERT INTO freehold.event_tags (tenant_id, tag, position)
        SELECT tag.tenant_id, tag.tag, head + tag.number
        FROM unnest(tags) AS tag
        ON CONFLICT DO NOTHING;
    END IF;
    IF commands IS NOT NULL THEN
        INSERT INTO freehold.commands (
            tenant_id, command_id, fingerprint, aggregate, stream_id, version, position, time
        )
        SELECT
            command.tenant_id, command.command_id, command.fingerprint, command.aggregate, command.stream_id,
            versions[command.stream] + command.behind, head + command.number, command.time
        FROM unnest(commands) AS command;
    END IF;
    RETURN array_prepend(head, versions);
END
$$;

-- The same for a batch that is known to hold, in a transaction that has looked, with how far views have come by it. That
-- it does not hold would be a mistake of ours: nothing is written then, the views least of all.
CREATE FUNCTION freehold.append_held(
    streams freehold.appended_stream[], events freehold.appended_event[], tags freehold.appended_tag[],
    commands freehold.appended_command[], moves freehold.moved_view[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF freehold.append(streams, events, tags, commands, NULL, NULL) IS NULL THEN
        RAISE EXCEPTION 'a batch that was known to hold was refused';
    END IF;
    IF moves IS NOT NULL THEN
        INSERT INTO freehold.checkpoints (view, version, position)
        SELECT moved.view, moved.version, moved.position
        FROM unnest(moves) AS moved
        ON CONFLICT (view, version) DO UPDATE SET position = excluded.position;
    END IF;
END
$$
