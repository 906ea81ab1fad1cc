SELECT position
FROM freehold.positions_of_streams($1, $2, $3, $4, $5, $6, $7) AS position
