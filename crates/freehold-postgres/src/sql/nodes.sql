SELECT
    id, name, roles, views, versions, report,
    (extract(epoch FROM clock_timestamp() - seen) * 1000000)::bigint
FROM freehold.nodes
WHERE until > clock_timestamp()
ORDER BY id
