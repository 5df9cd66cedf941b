-- What answers the refresh token before the newest one again, for a client whom the answer did not reach. All are of the last
-- refresh; NULL before the first.
ALTER TABLE session ADD COLUMN previous_hash bytea;                      -- of the refresh token before
ALTER TABLE session ADD COLUMN previous_until bigint NOT NULL DEFAULT 0; -- how long it may come again
ALTER TABLE session ADD COLUMN successor_key bytea;                      -- with it, makes the newest one
