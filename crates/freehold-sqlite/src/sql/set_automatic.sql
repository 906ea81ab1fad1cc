UPDATE freehold_rebuilds
SET automatic = ?2
WHERE view = ?1
