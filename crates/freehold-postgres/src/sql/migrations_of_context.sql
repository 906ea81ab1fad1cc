SELECT name, checksum
FROM freehold.migrations
WHERE context = $1
ORDER BY name
