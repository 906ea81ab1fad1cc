SELECT freehold.open_log($1, $2, $3, $4)
