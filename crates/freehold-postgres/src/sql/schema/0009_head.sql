-- The position of the last event in the log; it may have been archived.
CREATE FUNCTION freehold.head() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT greatest(
        (SELECT max(position) FROM freehold.events),
        (SELECT max(position) FROM freehold.archived_events),
        0
    );
END
