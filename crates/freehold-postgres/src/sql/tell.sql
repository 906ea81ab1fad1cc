SELECT pg_notify('freehold_head', $1)
