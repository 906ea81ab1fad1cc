-- How far views have come, in parts of their rows, and who brings which part up to date. A view that appends bring up to date
-- has one part. Who holds a part gives its epoch with all that is written to it, so that who held it before cannot. Rows are
-- short-lived: there is room for more on each page, so that none has to move, and no index changes.
CREATE TABLE freehold.partitions (
    view text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    owner uuid,
    parked bigint NOT NULL DEFAULT 0,
    paused boolean NOT NULL DEFAULT false,
    PRIMARY KEY (view, version, partition)
) WITH (fillfactor = 50)
