SELECT freehold.last_tagged($1, $2, $3, $4, $5)
