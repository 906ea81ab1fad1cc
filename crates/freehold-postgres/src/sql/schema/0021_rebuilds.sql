-- Which version of a view its table holds.
CREATE TABLE freehold.live_views (
    view text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL
);

-- Views that are filled beside those that serve, or have taken their place.
CREATE TABLE freehold.rebuilds (
    view text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    before integer NOT NULL,
    stage text NOT NULL,
    automatic boolean NOT NULL,
    began timestamptz NOT NULL DEFAULT clock_timestamp(),
    comparison text
);

-- What nodes know of the rows of views that they write holds no more: as after an archival, they look everything up. It takes
-- the lock of the log, which is held until the transaction ends, so that nobody appends between this and the commit.
CREATE FUNCTION freehold.forget_rows() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7309466105870541412);
    UPDATE freehold.archivals SET number = number + 1;
END
$$;

REVOKE EXECUTE ON FUNCTION freehold.forget_rows() FROM PUBLIC
