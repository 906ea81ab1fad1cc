-- What functions over batches of appends are told. One list of rows for each is several times cheaper to read than a
-- list a column.
CREATE TYPE freehold.appended_stream AS (
    tenant_id text, aggregate text, id uuid, version bigint, event uuid
);
CREATE TYPE freehold.appended_event AS (
    number bigint, tenant_id text, aggregate text, stream_id uuid, version bigint, event_id uuid, name text,
    event_version integer, payload text, time timestamptz, actor text, correlation_id uuid, causation_id uuid,
    command_id uuid
);
CREATE TYPE freehold.appended_tag AS (number bigint, tenant_id text, tag text);
CREATE TYPE freehold.appended_command AS (
    tenant_id text, command_id uuid, fingerprint uuid, aggregate text, stream_id uuid, version bigint, number bigint,
    time timestamptz
);
CREATE TYPE freehold.kind_condition AS (tenant_id text, after bigint, aggregate text, name text);
CREATE TYPE freehold.tag_condition AS (tenant_id text, after bigint, tag text, others jsonb, kinds jsonb);
CREATE TYPE freehold.asked_stream AS (tenant_id text, aggregate text, id uuid, from_version bigint);
CREATE TYPE freehold.asked_command AS (tenant_id text, id uuid);
CREATE TYPE freehold.asked_view AS (view text, version integer, aggregates text[], names text[]);
CREATE TYPE freehold.moved_view AS (view text, version integer, known bigint, position bigint)
