SELECT view, version, stage, automatic, began, comparison, before
FROM freehold_rebuilds
WHERE view = ?1
