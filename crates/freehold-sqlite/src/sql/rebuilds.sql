SELECT view, version, stage, automatic, began, comparison
FROM freehold_rebuilds
ORDER BY view
