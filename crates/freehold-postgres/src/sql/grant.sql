-- What a role that owns nothing needs: to read the log, to keep what follows from it, and to write events only
-- through the functions that are made for it.
DO $$
DECLARE
    service CONSTANT text := quote_ident(current_setting('freehold.service'));
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA freehold, %I TO %s', current_schema(), service);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA freehold TO %s', service);
    EXECUTE format(
        'GRANT INSERT, UPDATE, DELETE ON freehold.partitions, freehold.nodes, freehold.dead_letters, freehold.waiting_events, '
        'freehold.live_views, freehold.rebuilds, '
        'freehold.tombstones, freehold.snapshots TO %s', service
    );
    EXECUTE format('GRANT INSERT ON freehold.audit TO %s', service);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA freehold TO %s', service);
    EXECUTE format(
        'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %s', current_schema(), service
    );
END
$$
