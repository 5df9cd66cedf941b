-- Where each conversation stands. A deleted conversation keeps its row, so that nothing that comes late revives it.
CREATE TABLE heads (
    conversation_id UUID NOT NULL PRIMARY KEY,
    rev BIGINT NOT NULL,          -- of the newest entry
    seq BIGINT NOT NULL,          -- of the newest message
    deleted BIGINT NOT NULL       -- 0 or 1
);

-- The log: every durable change of a conversation.
CREATE TABLE entries (
    conversation_id UUID NOT NULL,
    rev BIGINT NOT NULL,          -- dense from 1
    seq BIGINT,                   -- messages only, dense from 1
    kind BIGINT NOT NULL,         -- EntryKind of rules.h
    id UUID NOT NULL,             -- the message's id
    sender_id UUID NOT NULL,      -- of other entries: the maximum UUID
    client_id UUID,               -- the sender's own id; of other entries: the event that caused them
    created_at BIGINT NOT NULL,   -- milliseconds since the epoch
    text TEXT,                    -- messages only
    payload BYTEA,                -- other entries: ChangeData of the contract
    PRIMARY KEY (conversation_id, rev),
    UNIQUE (conversation_id, seq),
    UNIQUE (sender_id, client_id)
);

-- How far each member has read.
CREATE TABLE reads (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

-- One row, "epoch". Restoring a backup removes it: clients then drop what they cached.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
