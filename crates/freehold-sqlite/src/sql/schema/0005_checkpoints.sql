-- How far projections have come.
CREATE TABLE freehold_checkpoints (
    view TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (view, version)
) STRICT, WITHOUT ROWID
