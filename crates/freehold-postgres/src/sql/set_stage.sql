UPDATE freehold.rebuilds
SET stage = $2, comparison = coalesce($3, comparison)
WHERE view = $1
