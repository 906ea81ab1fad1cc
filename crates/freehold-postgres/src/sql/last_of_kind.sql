SELECT freehold.last_of_kind($1, $2, $3, $4)
