-- As the documentation of es-entity has it: an index table, one of events, one of snapshots.

CREATE TABLE accounts (
    id         UUID PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    nickname   VARCHAR NOT NULL,
    -- Kept up to date where the view is a column of the index.
    deposits   BIGINT NOT NULL DEFAULT 0,
    cents      BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE account_events (
    id          UUID        NOT NULL REFERENCES accounts (id),
    sequence    INT         NOT NULL,
    event_type  VARCHAR     NOT NULL,
    event       JSONB       NOT NULL,
    context     JSONB       DEFAULT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    UNIQUE (id, sequence)
);

CREATE TABLE account_snapshots (
    id                UUID        PRIMARY KEY REFERENCES accounts (id),
    sequence          INT         NOT NULL,
    fingerprint       BIGINT      NOT NULL,
    snapshot          JSONB       NOT NULL,
    first_recorded_at TIMESTAMPTZ NOT NULL,
    recorded_at       TIMESTAMPTZ NOT NULL
);
