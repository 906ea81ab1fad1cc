SELECT number, time, actor, action, target, detail
FROM freehold_audit
WHERE number > ?1
ORDER BY number
LIMIT ?2
