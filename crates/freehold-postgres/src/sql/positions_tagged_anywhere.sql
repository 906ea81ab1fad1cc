SELECT position
FROM freehold.positions_tagged($1, $2, $3, $4, $5) AS position
