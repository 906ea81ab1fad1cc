CREATE TABLE branch_totals (
    branch BIGINT PRIMARY KEY,
    events BIGINT NOT NULL,
    cents  BIGINT NOT NULL
);

-- What the rows of accounts lie in changes when they are built anew; who asks for them asks by one name.
CREATE TABLE account_totals_1 (
    account UUID   PRIMARY KEY,
    events  BIGINT NOT NULL,
    cents   BIGINT NOT NULL
);
CREATE VIEW account_totals AS SELECT * FROM account_totals_1;
