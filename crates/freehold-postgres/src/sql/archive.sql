SELECT freehold.archive($1, $2, $3, $4)
