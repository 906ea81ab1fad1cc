-- Writes a batch of appends if every condition of every one of them holds, else nothing. Tells the head of the log
-- before it and how many streams were archived, or NULL if nothing was written.
--
-- The lock comes first, in a statement of its own, so that those behind it see all that was committed before it was
-- had. It is held until the transaction ends, so that positions are dense, in the order of the commits, and nobody
-- writes between the conditions and the events. Who knows where streams are, having written to them, says where the log
-- ended then: while it still ends there that knowledge holds, and nothing has to be looked up. There are events then, so
-- that whoever relies on this batch in turn finds out whether it was written. Streams are those that are not known so,
-- each once, with the version and the event that the first append to it expects. Events and commands are numbered from
-- the head. Commands are not looked up: one that was recorded before, which callers look for first, breaks the key of its
-- table, and nothing is written either.
CREATE FUNCTION freehold.append(
    last_position bigint, last_event uuid, last_archivals bigint,
    streams freehold.appended_stream[], events freehold.appended_event[], tags freehold.appended_tag[],
    commands freehold.appended_command[], kinds freehold.kind_condition[], tagged freehold.tag_condition[]
) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head bigint := last_position;
    archivals bigint := last_archivals;
    holds boolean;
BEGIN
    -- An assignment, which is the fastest way to call a function.
    holds := pg_advisory_xact_lock(7309466105870541412) IS NULL;
    IF last_event IS NULL THEN
        SELECT
            greatest(
                (SELECT max(event.position) FROM freehold.events AS event),
                (SELECT max(event.position) FROM freehold.archived_events AS event),
                0
            ),
            archived.number
        INTO STRICT head, archivals
        FROM freehold.archivals AS archived;
    END IF;
    -- A condition with a query in it is run as a statement, whatever stands before it: hence an IF within an IF.
    IF streams IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM unnest(streams) AS stream
            WHERE stream.version <> coalesce(
                (
                    -- Below 0, if its last event is another than the one that is expected. What lies before the version
                    -- that is expected is not asked for: an index scan looks at all entries of a page that it is asked
                    -- for, however few are taken.
                    SELECT CASE WHEN event.event_id <> stream.event THEN -1 ELSE event.version END
                    FROM freehold.events AS event
                    WHERE event.stream_id = stream.id AND event.tenant_id = stream.tenant_id
                        AND event.aggregate = stream.aggregate AND event.version >= stream.version
                    ORDER BY event.version DESC LIMIT 1
                ),
                (
                    SELECT -event.version FROM freehold.archived_events AS event
                    WHERE event.stream_id = stream.id AND event.tenant_id = stream.tenant_id
                        AND event.aggregate = stream.aggregate
                    ORDER BY event.version DESC LIMIT 1
                ),
                0
            )
        ) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF kinds IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM unnest(kinds) AS kind
            WHERE freehold.last_of_kind(kind.tenant_id, kind.after, kind.aggregate, kind.name) IS NOT NULL
        ) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF tagged IS NOT NULL THEN
        IF EXISTS (
            -- A subquery with a limit and not a join, which might be turned round: whoever plans it while the tables are empty
            -- would have all of them read for good.
            SELECT FROM unnest(tagged) AS asked
            WHERE (
                SELECT found.position FROM freehold.event_tags AS found
                WHERE found.tenant_id = asked.tenant_id AND found.tag = asked.tag AND found.position > asked.after
                    AND (asked.others IS NULL OR freehold.is_tagged(found.tenant_id, found.position, asked.others))
                    AND (asked.kinds IS NULL OR freehold.is_of_kind(found.position, asked.kinds))
                LIMIT 1
            ) IS NOT NULL
        ) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF events IS NOT NULL THEN
        -- That the log still ends where it is said to is asked here, since another statement would take longer than
        -- all that it asks.
        INSERT INTO freehold.events (
            position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
            correlation_id, causation_id, command_id
        )
        SELECT
            head + event.number, event.tenant_id, event.aggregate, event.stream_id, event.version, event.event_id,
            event.name, event.event_version, event.payload::json, event.time, event.actor, event.correlation_id,
            event.causation_id, event.command_id
        FROM unnest(events) AS event
        WHERE last_event IS NULL OR (
            last_archivals = (SELECT archived.number FROM freehold.archivals AS archived)
            AND last_event = (
                SELECT last.event_id FROM freehold.events AS last
                WHERE last.position >= last_position
                ORDER BY last.position DESC LIMIT 1
            )
        );
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
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
            command.version, head + command.number, command.time
        FROM unnest(commands) AS command;
    END IF;
    RETURN ARRAY[head, archivals];
END
$$;

-- The same with how far views come by it, in a transaction that brings their rows up to date behind it, and where what
-- does not hold is an error, so that nothing of that is done. Without a last event the log must end at the position. What
-- is known of where views are must hold too; they are locked for that, in their order, which is the same for all.
-- Statements behind it may take so many milliseconds each, if that is said.
CREATE FUNCTION freehold.append_with_views(
    last_position bigint, last_event uuid, last_archivals bigint,
    streams freehold.appended_stream[], events freehold.appended_event[], tags freehold.appended_tag[],
    commands freehold.appended_command[], kinds freehold.kind_condition[], tagged freehold.tag_condition[],
    moves freehold.moved_view[], time_limit integer
) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written CONSTANT bigint[] := freehold.append(
        last_position, last_event, last_archivals, streams, events, tags, commands, kinds, tagged
    );
    move freehold.moved_view;
    holds boolean := written[1] IS NOT DISTINCT FROM last_position;
BEGIN
    IF holds AND moves IS NOT NULL THEN
        FOREACH move IN ARRAY moves LOOP
            IF move.known IS NOT NULL THEN
                PERFORM pg_advisory_xact_lock(hashtextextended(move.view, move.version));
                holds := holds AND move.known IS NOT DISTINCT FROM (
                    SELECT min(part.position) FROM freehold.partitions AS part
                    WHERE part.view = move.view AND part.version = move.version
                );
            END IF;
        END LOOP;
    END IF;
    IF NOT holds THEN
        RAISE EXCEPTION 'the log or a view is not where it was known to be' USING ERRCODE = 'FH001';
    END IF;
    IF moves IS NOT NULL THEN
        INSERT INTO freehold.partitions (view, version, partition, position)
        SELECT moved.view, moved.version, 0, moved.position
        FROM unnest(moves) AS moved
        ON CONFLICT (view, version, partition) DO UPDATE SET position = excluded.position;
    END IF;
    IF time_limit IS NOT NULL THEN
        PERFORM set_config('statement_timeout', time_limit::text, true);
    END IF;
    RETURN written;
END
$$
