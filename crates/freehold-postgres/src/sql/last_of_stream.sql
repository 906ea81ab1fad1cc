SELECT freehold.last_of_stream($1, $2, $3, $4, $5, $6)
