-- What events can be found by.
CREATE TABLE freehold_event_tags (
    tenant_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, tag, position)
) STRICT, WITHOUT ROWID
