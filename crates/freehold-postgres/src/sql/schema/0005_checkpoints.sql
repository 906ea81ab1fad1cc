-- How far projections have come.
CREATE TABLE freehold.checkpoints (
    view text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (view, version)
)
