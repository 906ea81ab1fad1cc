INSERT INTO freehold_migrations (context, name, checksum, applied_at)
VALUES (?1, ?2, ?3, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
