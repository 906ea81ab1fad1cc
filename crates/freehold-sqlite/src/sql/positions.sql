-- Without a tenant: of all.
SELECT position
FROM freehold_events
WHERE (:tenant IS NULL OR tenant_id = :tenant) AND position > :after AND position <= :until
ORDER BY position
LIMIT :limit
