-- Which version of a view its table holds.
CREATE TABLE freehold_live_views (
    view TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Views that are filled beside those that serve, or have taken their place.
CREATE TABLE freehold_rebuilds (
    view TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    before INTEGER NOT NULL,
    stage TEXT NOT NULL,
    automatic INTEGER NOT NULL,
    began INTEGER NOT NULL,
    comparison TEXT
) STRICT, WITHOUT ROWID
