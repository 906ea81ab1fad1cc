-- Leaps from one tenant to the next over all that the first has.
SELECT tenant_id
FROM freehold_log
WHERE tenant_id > ?1
ORDER BY tenant_id
LIMIT 1
