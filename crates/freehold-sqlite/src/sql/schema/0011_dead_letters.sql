-- Rows of views that have stopped at an event which they cannot take in. Moments are in microseconds since 1970.
CREATE TABLE freehold_dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    view TEXT NOT NULL,
    view_version INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    aggregate TEXT NOT NULL,
    stream_id TEXT NOT NULL,
    name TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    parked INTEGER NOT NULL,
    tried INTEGER NOT NULL,
    next_attempt INTEGER,
    UNIQUE (view, view_version, tenant_id, key)
) STRICT;

-- The events that they have still to take in, that one first.
CREATE TABLE freehold_waiting_events (
    letter INTEGER NOT NULL REFERENCES freehold_dead_letters (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (letter, position)
) STRICT, WITHOUT ROWID
