SELECT head, versions, events, recorded, fingerprints, aggregates, streams, stream_versions, positions
FROM freehold.look($1, $2, $3, $4, $5)
