CREATE EXTENSION pg_trgm;

-- How far the view has come.
CREATE TABLE checkpoint (position bigint NOT NULL);
INSERT INTO checkpoint VALUES (0);

CREATE TABLE branch_totals (
    branch bigint PRIMARY KEY,
    events bigint NOT NULL,
    cents  bigint NOT NULL
);

CREATE TABLE account_totals (
    account uuid   PRIMARY KEY,
    events  bigint NOT NULL,
    cents   bigint NOT NULL
);

CREATE TABLE holders (
    account  uuid   PRIMARY KEY,
    number   bigint NOT NULL,
    nickname text   COLLATE "C" NOT NULL,
    name     text   COLLATE "C" NOT NULL,
    email    text   COLLATE "C" NOT NULL,
    cents    bigint NOT NULL
);
CREATE INDEX holders_by_nickname ON holders (nickname, account);
CREATE INDEX holders_by_part_of_nickname ON holders USING gin (nickname gin_trgm_ops);
