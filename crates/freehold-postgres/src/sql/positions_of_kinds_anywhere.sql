SELECT position
FROM freehold.positions_of_kinds($1, $2, $3, $4, $5) AS position
