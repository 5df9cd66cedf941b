-- Wrong passwords of accounts and of addresses, for all processes alike. Neither names nor addresses are kept as text.
CREATE TABLE password_failure (
    key      bytea  NOT NULL PRIMARY KEY, -- hash of the name or the address
    failures bigint NOT NULL,
    last_at  bigint NOT NULL              -- of the last failure, or of an attempt after it that is under way
);
CREATE INDEX password_failure_by_last ON password_failure (last_at);
