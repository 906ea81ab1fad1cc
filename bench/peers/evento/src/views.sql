CREATE TABLE branch_totals (
    branch BIGINT PRIMARY KEY,
    events BIGINT NOT NULL,
    cents  BIGINT NOT NULL
);

CREATE TABLE account_totals (
    account TEXT PRIMARY KEY,
    events  BIGINT NOT NULL,
    cents   BIGINT NOT NULL
);
