SELECT freehold.append_held($1, $2, $3, $4, $5)
