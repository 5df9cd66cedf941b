-- A conversation. What of member_count, direct_low and direct_high could be computed stands here to be read in one row.
CREATE TABLE conversations (
    id UUID NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,         -- ConversationKind of the contract
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,   -- milliseconds since the epoch
    member_count BIGINT NOT NULL, -- changes in the transaction that changes members
    direct_low UUID,              -- the two people of a direct conversation, in the order of their ids
    direct_high UUID,
    client_id UUID,               -- of the request that made a group
    request_hash BIGINT,          -- of the rest of that request: the same client_id must come with the same request
    UNIQUE (direct_low, direct_high),
    UNIQUE (created_by, client_id)
);

CREATE TABLE members (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    role BIGINT NOT NULL,         -- MemberRole of the contract
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX members_of_user ON members (user_id, conversation_id);

-- How many conversations each user belongs to: the limit is checked without counting, and without a race.
CREATE TABLE users (
    user_id UUID NOT NULL PRIMARY KEY,
    conversations BIGINT NOT NULL
);
