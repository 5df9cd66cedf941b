-- How far each user's feed has come. A row is there from the first change on.
CREATE TABLE feed_heads (
    user_id UUID NOT NULL PRIMARY KEY,
    urev BIGINT NOT NULL          -- number of the newest change
);

-- The newest changes of each feed, numbered without a hole.
CREATE TABLE feed (
    user_id UUID NOT NULL,
    urev BIGINT NOT NULL,
    event_id UUID NOT NULL,       -- of the event that caused it: told again, it changes nothing
    name TEXT NOT NULL,
    data BYTEA NOT NULL,          -- FeedData of the contract
    created_at BIGINT NOT NULL,   -- milliseconds since the epoch; when the cause was committed
    PRIMARY KEY (user_id, urev),
    UNIQUE (user_id, event_id)
);

CREATE TABLE last_seen (
    user_id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL            -- milliseconds since the epoch; when the last connection ended
);
