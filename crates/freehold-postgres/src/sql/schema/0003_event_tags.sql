-- What events can be found by.
CREATE TABLE freehold.event_tags (
    tenant_id text COLLATE "C" NOT NULL,
    tag text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tenant_id, tag, position)
)
