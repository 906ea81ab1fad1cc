INSERT INTO freehold_audit (time, actor, action, target, detail)
VALUES (?1, ?2, ?3, ?4, ?5)
