-- The newest message when the member came: they begin to read behind it. 0: nothing was there.
ALTER TABLE reads ADD COLUMN since_seq BIGINT NOT NULL DEFAULT 0;
