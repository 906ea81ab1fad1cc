UPDATE freehold_rebuilds
SET stage = ?2, comparison = ifnull(?3, comparison)
WHERE view = ?1
