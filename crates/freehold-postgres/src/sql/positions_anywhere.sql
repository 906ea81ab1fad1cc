SELECT position
FROM freehold.events_in_order($1, $2, $3)
