-- Without a tenant: of all. One kind at a time, so that the index is read in the order of the log and no further than
-- the limit.
SELECT position
FROM freehold_log
WHERE
    aggregate = :aggregate AND name = :name
    AND (:tenant IS NULL OR tenant_id = :tenant) AND position > :after AND position <= :until
ORDER BY position
LIMIT :limit
