-- What commands led to, so that the same one again is answered and not done again.
CREATE TABLE freehold_commands (
    tenant_id TEXT NOT NULL,
    command_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    stream_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    time TEXT NOT NULL,
    PRIMARY KEY (tenant_id, command_id)
) STRICT, WITHOUT ROWID
