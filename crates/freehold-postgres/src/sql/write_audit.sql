INSERT INTO freehold.audit (actor, action, target, detail)
VALUES ($1, $2, $3, $4)
