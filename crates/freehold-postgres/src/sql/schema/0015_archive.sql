-- Closes a stream for good: its events move to those that are archived, at their positions. Tells the version that it
-- is at if that is another one, and nothing if all is well.
CREATE FUNCTION freehold.archive(stream_tenant text, stream_aggregate text, stream uuid, at bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    actual bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7309466105870541412);
    SELECT coalesce(
        (
            SELECT max(event.version) FROM freehold.events AS event
            WHERE event.stream_id = stream AND event.tenant_id = stream_tenant AND event.aggregate = stream_aggregate
        ),
        (
            SELECT max(event.version) FROM freehold.archived_events AS event
            WHERE event.stream_id = stream AND event.tenant_id = stream_tenant AND event.aggregate = stream_aggregate
        ),
        0
    ) INTO STRICT actual;
    IF actual <> at THEN
        RETURN actual;
    END IF;
    WITH moved AS (
        DELETE FROM freehold.events AS event
        WHERE event.stream_id = stream AND event.tenant_id = stream_tenant AND event.aggregate = stream_aggregate
        RETURNING event.*
    )
    INSERT INTO freehold.archived_events SELECT * FROM moved;
    IF FOUND THEN
        UPDATE freehold.archivals SET number = number + 1;
    END IF;
    RETURN NULL;
END
$$
