UPDATE freehold.rebuilds
SET automatic = $2
WHERE view = $1
