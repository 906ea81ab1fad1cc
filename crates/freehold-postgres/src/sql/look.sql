SELECT
    head, versions, events, recorded, fingerprints, aggregates, streams, stream_versions, positions, checkpoints, missed,
    archivals, last_event
FROM freehold.look($1, $2, $3, $4)
