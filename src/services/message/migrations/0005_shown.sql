-- Whether the others may see the positions: not before the member has accepted the conversation. Who has written has.
ALTER TABLE reads ADD COLUMN shown BIGINT NOT NULL DEFAULT 0;
UPDATE reads SET shown = 1
WHERE (conversation_id, user_id) IN (SELECT conversation_id, sender_id FROM entries WHERE seq > 0);
