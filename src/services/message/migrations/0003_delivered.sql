-- How far a device of the member has the messages of a direct conversation, read or not. 0 in groups.
ALTER TABLE reads ADD COLUMN delivered_seq BIGINT NOT NULL DEFAULT 0;
