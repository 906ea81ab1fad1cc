-- The condition only makes it a search from the end.
SELECT position
FROM freehold_log
WHERE position > 0
ORDER BY position DESC
LIMIT 1
