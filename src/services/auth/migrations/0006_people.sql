-- The people of the server, A to Z: the folded display name (bytea: in the order of bytes on every engine) and whose it is. The
-- service adds those who were here before when it opens.
CREATE TABLE person (
    sort_key bytea NOT NULL,
    user_id  uuid  NOT NULL,
    PRIMARY KEY (sort_key, user_id)
);
CREATE UNIQUE INDEX person_by_user ON person (user_id);
