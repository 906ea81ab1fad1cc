-- How far views have come, in parts of their rows, and who brings which part up to date. A view that appends bring up to date
-- has one part. Who holds a part gives its epoch with all that is written to it, so that who held it before cannot.
CREATE TABLE freehold_partitions (
    view TEXT NOT NULL,
    version INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    parked INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (view, version, partition)
) STRICT, WITHOUT ROWID
