-- Found by one tag; the others, and the kind if kinds are given, are looked at for what it finds.
SELECT tagged.position
FROM freehold.event_tags AS tagged
WHERE tagged.tenant_id = $1 AND tagged.tag = $2 AND tagged.position > $5 AND tagged.position <= $6
    AND freehold.is_tagged(tagged.tenant_id, tagged.position, $3::jsonb)
    AND ($4::jsonb IS NULL OR freehold.is_of_kind(tagged.position, $4::jsonb))
ORDER BY tagged.position
LIMIT $7
