SELECT freehold.last($1, $2)
