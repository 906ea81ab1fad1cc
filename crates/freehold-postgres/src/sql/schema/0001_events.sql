-- The log. Positions are given under one lock that is held until the commit, so that they are dense and in the order
-- of the commits. Text sorts by its bytes, which is also the fastest.
CREATE TABLE freehold.events (
    position bigint PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    aggregate text COLLATE "C" NOT NULL,
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    event_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    event_version integer NOT NULL,
    payload json NOT NULL,
    time timestamptz NOT NULL,
    actor text COLLATE "C" NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid NOT NULL,
    -- The id and the version first: they tell events apart at once, where most share their tenant and their aggregate.
    UNIQUE (stream_id, version, tenant_id, aggregate)
)
