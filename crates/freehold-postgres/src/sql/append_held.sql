-- With the lock held and the conditions known to hold. That they do not would be a mistake of ours: nothing is written
-- then, the views least of all.
SELECT freehold.held(head), versions
FROM freehold.append(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
    $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38
)
