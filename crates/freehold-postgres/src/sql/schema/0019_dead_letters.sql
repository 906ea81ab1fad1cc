-- Rows of views that have stopped at an event which they cannot take in.
CREATE TABLE freehold.dead_letters (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    view text COLLATE "C" NOT NULL,
    view_version integer NOT NULL,
    partition integer NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    aggregate text COLLATE "C" NOT NULL,
    stream_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    correlation_id uuid NOT NULL,
    error text NOT NULL,
    attempts integer NOT NULL,
    parked timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt timestamptz,
    PRIMARY KEY (view, view_version, tenant_id, key)
);

-- The events that they have still to take in, that one first.
CREATE TABLE freehold.waiting_events (
    view text COLLATE "C" NOT NULL,
    view_version integer NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (view, view_version, tenant_id, key, position)
)
