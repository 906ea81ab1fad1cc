-- Takes the lock of the log, which is held until the transaction ends, and tells what appends are decided on: the head
-- of the log, the versions of streams (those of archived ones negative) with their last events, and the commands that were recorded, each
-- with its place among those asked for.
CREATE FUNCTION freehold.look(
    stream_tenants text[], stream_aggregates text[], stream_ids uuid[],
    command_tenants text[], command_ids uuid[],
    OUT head bigint, OUT versions bigint[], OUT events uuid[],
    OUT recorded bigint[], OUT fingerprints uuid[], OUT aggregates text[], OUT streams uuid[],
    OUT stream_versions bigint[], OUT positions bigint[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7309466105870541412);
    SELECT
        freehold.head(),
        ARRAY(
            SELECT coalesce(
                (
                    SELECT event.version FROM freehold.events AS event
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
            )
            FROM unnest(stream_tenants, stream_aggregates, stream_ids)
                WITH ORDINALITY AS stream (tenant_id, aggregate, id, number)
            ORDER BY stream.number
        ),
        ARRAY(
            SELECT (
                SELECT event.event_id FROM freehold.events AS event
                WHERE event.stream_id = stream.id AND event.tenant_id = stream.tenant_id
                    AND event.aggregate = stream.aggregate
                ORDER BY event.version DESC LIMIT 1
            )
            FROM unnest(stream_tenants, stream_aggregates, stream_ids)
                WITH ORDINALITY AS stream (tenant_id, aggregate, id, number)
            ORDER BY stream.number
        )
    INTO STRICT head, versions, events;
    SELECT
        array_agg(command.number), array_agg(known.fingerprint), array_agg(known.aggregate),
        array_agg(known.stream_id), array_agg(known.version), array_agg(known.position)
    INTO STRICT recorded, fingerprints, aggregates, streams, stream_versions, positions
    FROM unnest(command_tenants, command_ids) WITH ORDINALITY AS command (tenant_id, id, number)
    JOIN freehold.commands AS known ON known.command_id = command.id AND known.tenant_id = command.tenant_id;
END
$$
