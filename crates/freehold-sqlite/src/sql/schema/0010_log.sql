-- All that has happened, wherever it lies. Whoever reads reads this, so that nothing is missing or there twice while a
-- stream is moved. The planner merges the two tables in the order of their indexes and sorts nothing.
CREATE VIEW freehold_log AS
SELECT
    position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
    correlation_id, causation_id, command_id
FROM freehold_events
UNION ALL
SELECT
    position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
    correlation_id, causation_id, command_id
FROM freehold_archived_events
