INSERT INTO freehold_rebuilds (view, version, before, stage, automatic, began)
VALUES (?1, ?2, ?3, 'filling', ?4, ?5)
