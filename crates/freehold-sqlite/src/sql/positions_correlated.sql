-- Nobody asks for it but people: an index would cost every append.
SELECT position
FROM freehold_log
WHERE correlation_id = ?1 AND position > ?2
ORDER BY position
LIMIT ?3
