-- Who is there, and until when at least.
CREATE TABLE freehold.nodes (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    roles text[] NOT NULL,
    views text[] NOT NULL,
    versions integer[] NOT NULL,
    report text NOT NULL,
    seen timestamptz NOT NULL,
    until timestamptz NOT NULL
) WITH (fillfactor = 50)
