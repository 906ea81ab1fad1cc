SELECT view, version, stage, automatic, began, comparison
FROM freehold.rebuilds
ORDER BY view
