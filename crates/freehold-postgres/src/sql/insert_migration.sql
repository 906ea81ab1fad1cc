INSERT INTO freehold.migrations (context, name, checksum)
VALUES ($1, $2, $3)
