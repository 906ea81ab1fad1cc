SELECT view, version, stage, automatic, began, comparison, before
FROM freehold.rebuilds
WHERE view = $1
FOR UPDATE
