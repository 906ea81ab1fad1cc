-- What commands led to, so that the same one again is answered and not done again.
CREATE TABLE freehold.commands (
    tenant_id text COLLATE "C" NOT NULL,
    command_id uuid NOT NULL,
    fingerprint uuid NOT NULL,
    aggregate text COLLATE "C" NOT NULL,
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    time timestamptz NOT NULL,
    PRIMARY KEY (command_id, tenant_id)
)
