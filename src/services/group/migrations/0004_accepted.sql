-- Whether the member takes part by their own will; see docs/adr/0021-accepted.md. Of what was there before: in groups everybody, in
-- a direct conversation who began it, and the other one with their next message.
ALTER TABLE members ADD COLUMN accepted BIGINT NOT NULL DEFAULT 0;
UPDATE members SET accepted = 1
WHERE EXISTS (SELECT 1 FROM conversations c
              WHERE c.id = members.conversation_id AND (c.kind = 2 OR c.created_by = members.user_id));
