INSERT INTO freehold.tombstones (view, view_version, tenant_id, stream_id, version, position)
SELECT $1, $2, deleted.tenant_id, deleted.stream_id, deleted.version, deleted.position
FROM unnest($3::text[], $4::uuid[], $5::bigint[], $6::bigint[])
    AS deleted (tenant_id, stream_id, version, position)
ON CONFLICT (view, view_version, tenant_id, stream_id)
DO UPDATE SET version = excluded.version, position = excluded.position
