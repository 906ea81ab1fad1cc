-- Without a tenant: of all.
SELECT
    position, tenant_id, aggregate, stream_id, version, event_id, name, event_version, payload, time, actor,
    correlation_id, causation_id, command_id
FROM freehold_log
WHERE (:tenant IS NULL OR tenant_id = :tenant) AND position > :after AND position <= :until
ORDER BY position
LIMIT :limit
