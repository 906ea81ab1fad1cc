-- Every position up to the head is taken.
SELECT generate_series($1::bigint + 1, least($2, freehold.head(), $1 + least($3::bigint, 1000000000)))
