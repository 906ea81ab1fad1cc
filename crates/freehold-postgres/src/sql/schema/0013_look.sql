-- Takes the lock of the log and those of views, which are held until the transaction ends, and tells what appends are
-- decided on: the head of the log with its last event, how many streams were archived, the versions of streams (those of archived ones
-- negative) with their last events, the commands that were recorded, each with its place among those asked for, and of
-- each view its checkpoint and the first event behind it, if it names kinds of events. Statements behind it in the
-- transaction may take so many milliseconds each, if that is said.
--
-- Streams, each asked for once, are looked at from the least version that an append expects: an index scan looks at all
-- entries of a page that it is asked for, however few are taken. Views come in one order from all, so that nobody waits
-- for someone who waits.
CREATE FUNCTION freehold.look(
    asked_streams freehold.asked_stream[], asked_commands freehold.asked_command[], views freehold.asked_view[],
    time_limit integer,
    OUT head bigint, OUT versions bigint[], OUT events uuid[],
    OUT recorded bigint[], OUT fingerprints uuid[], OUT aggregates text[], OUT streams uuid[],
    OUT stream_versions bigint[], OUT positions bigint[],
    OUT checkpoints bigint[], OUT missed bigint[], OUT archivals bigint, OUT last_event uuid
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    view freehold.asked_view;
    checkpoint bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7309466105870541412);
    IF time_limit IS NOT NULL THEN
        PERFORM set_config('statement_timeout', time_limit::text, true);
    END IF;
    SELECT
        greatest(
            (SELECT max(position) FROM freehold.events),
            (SELECT max(position) FROM freehold.archived_events),
            0
        ),
        (SELECT event_id FROM freehold.events ORDER BY position DESC LIMIT 1),
        (SELECT number FROM freehold.archivals),
        array_agg(
            coalesce(
                last.version,
                (
                    SELECT event.version FROM freehold.events AS event
                    WHERE event.stream_id = asked.id AND event.tenant_id = asked.tenant_id
                        AND event.aggregate = asked.aggregate
                    ORDER BY event.version DESC LIMIT 1
                ),
                (
                    SELECT -event.version FROM freehold.archived_events AS event
                    WHERE event.stream_id = asked.id AND event.tenant_id = asked.tenant_id
                        AND event.aggregate = asked.aggregate
                    ORDER BY event.version DESC LIMIT 1
                ),
                0
            )
            ORDER BY asked.place
        ),
        array_agg(last.event_id ORDER BY asked.place)
    INTO STRICT head, last_event, archivals, versions, events
    FROM unnest(asked_streams) WITH ORDINALITY AS asked (tenant_id, aggregate, id, from_version, place)
    LEFT JOIN LATERAL (
        SELECT event.version, event.event_id FROM freehold.events AS event
        WHERE event.stream_id = asked.id AND event.tenant_id = asked.tenant_id
            AND event.aggregate = asked.aggregate AND event.version >= asked.from_version
        ORDER BY event.version DESC LIMIT 1
    ) AS last ON true;
    IF asked_commands IS NOT NULL THEN
        SELECT
            array_agg(asked.number), array_agg(known.fingerprint), array_agg(known.aggregate),
            array_agg(known.stream_id), array_agg(known.version), array_agg(known.position)
        INTO STRICT recorded, fingerprints, aggregates, streams, stream_versions, positions
        FROM unnest(asked_commands) WITH ORDINALITY AS asked (tenant_id, id, number)
        CROSS JOIN LATERAL (
            SELECT * FROM freehold.commands AS command
            WHERE command.command_id = asked.id AND command.tenant_id = asked.tenant_id
            LIMIT 1
        ) AS known;
    END IF;
    IF views IS NOT NULL THEN
        FOREACH view IN ARRAY views LOOP
            PERFORM pg_advisory_xact_lock(hashtextextended(view.view, view.version));
            checkpoint := coalesce(
                (
                    SELECT min(known.position) FROM freehold.partitions AS known
                    WHERE known.view = view.view AND known.version = view.version
                ),
                0
            );
            checkpoints := array_append(checkpoints, checkpoint);
            missed := array_append(
                missed,
                CASE WHEN view.names IS NOT NULL AND checkpoint < head THEN (
                    SELECT first.position
                    FROM freehold.positions_of_kinds(view.aggregates, view.names, checkpoint, head, 1)
                        AS first (position)
                ) END
            );
        END LOOP;
    END IF;
END
$$
