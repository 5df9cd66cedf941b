-- What others cause in somebody's account; see docs/adr/0025-what-strangers-may-cause.md.

-- members.accepted is 1 from the member's own act on; 2: not yet, but whoever added them was answered in a direct conversation, so
-- they are seen; 0: neither.
ALTER TABLE members ADD COLUMN added_by UUID; -- NULL: came by themselves, or before this was kept

-- Of `conversations`, those that the user did not accept: they do not count against the limit.
ALTER TABLE users ADD COLUMN pending BIGINT NOT NULL DEFAULT 0;
UPDATE users SET pending = (SELECT count(*) FROM members WHERE members.user_id = users.user_id AND members.accepted <> 1);

-- Who left a group by themselves: strangers cannot add them again.
CREATE TABLE departures (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

-- How many times one put another into groups since the other one last accepted anything that they were added to.
CREATE TABLE unanswered (
    adder_id UUID NOT NULL,
    user_id UUID NOT NULL,
    adds BIGINT NOT NULL,
    PRIMARY KEY (adder_id, user_id)
);

-- What is left of adds_per_hour. By the adder alone, so that two who add each other never wait for each other.
CREATE TABLE add_allowances (
    adder_id UUID NOT NULL PRIMARY KEY,
    used_until BIGINT NOT NULL    -- milliseconds since the epoch; when all of it is there again
);
