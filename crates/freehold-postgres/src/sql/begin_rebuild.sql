INSERT INTO freehold.rebuilds (view, version, before, stage, automatic)
VALUES ($1, $2, $3, 'filling', $4)
