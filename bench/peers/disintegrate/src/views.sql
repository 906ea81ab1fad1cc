-- Rows say which event they have taken in last: listeners are told of events at least once.

CREATE TABLE branch_totals (
    branch     BIGINT PRIMARY KEY,
    events     BIGINT NOT NULL,
    cents      BIGINT NOT NULL,
    last_event BIGINT NOT NULL
);

CREATE TABLE account_totals (
    account    UUID PRIMARY KEY,
    events     BIGINT NOT NULL,
    cents      BIGINT NOT NULL,
    last_event BIGINT NOT NULL
);
