-- An event that names a tag twice has it once.
INSERT INTO freehold_event_tags (tenant_id, tag, position)
VALUES (?1, ?2, ?3)
ON CONFLICT DO NOTHING
