-- All of a tenant. Each table is asked for in order, or the planner would sort what is left of both.
(
    SELECT position
    FROM freehold.events
    WHERE tenant_id = $1 AND position > $2 AND position <= $3
    ORDER BY position LIMIT $4
)
UNION ALL
(
    SELECT position
    FROM freehold.archived_events
    WHERE tenant_id = $1 AND position > $2 AND position <= $3
    ORDER BY position LIMIT $4
)
ORDER BY position
LIMIT $4
