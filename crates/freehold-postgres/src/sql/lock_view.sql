-- Rows of a view that appends write too are written by one transaction at a time, until it ends.
SELECT pg_advisory_xact_lock(hashtextextended($1, $2::integer))
