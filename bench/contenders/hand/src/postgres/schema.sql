CREATE TABLE events (
    position    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream      uuid        NOT NULL,
    version     bigint      NOT NULL,
    kind        text        NOT NULL,
    payload     text        NOT NULL,
    metadata    text        NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (stream, version)
);

-- What the condition of case E is held by.
CREATE TABLE nicknames (
    nickname text PRIMARY KEY,
    stream   uuid NOT NULL
);

-- The view of case F.
CREATE TABLE balances (
    account  uuid   PRIMARY KEY,
    deposits bigint NOT NULL,
    cents    bigint NOT NULL
);
