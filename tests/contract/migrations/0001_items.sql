CREATE TABLE items (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT UNIQUE,
    number BIGINT,
    data BYTEA,
    parent UUID REFERENCES items (id)
);
-- A reference that is checked no sooner than at the commit.
CREATE TABLE late (
    id BIGINT NOT NULL PRIMARY KEY,
    item UUID NOT NULL REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED
);
