INSERT INTO freehold.nodes (id, name, roles, views, versions, report, seen, until)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp() + $7::bigint * interval '1 microsecond')
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, roles = excluded.roles, views = excluded.views, versions = excluded.versions,
    report = excluded.report, seen = excluded.seen, until = excluded.until
