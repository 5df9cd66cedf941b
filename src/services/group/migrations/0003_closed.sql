-- Whether the account is closed, as auth said when it was asked last.
ALTER TABLE users ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;

-- Who owns a group, without a look at all of its members. 3: OWNER of the contract.
CREATE INDEX owners ON members (conversation_id) WHERE role = 3;
