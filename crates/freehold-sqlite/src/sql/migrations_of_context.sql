SELECT name, checksum
FROM freehold_migrations
WHERE context = ?1
ORDER BY name
