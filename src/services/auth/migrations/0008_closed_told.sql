-- Whether other services were told that the account is closed. Those that were closed before anybody was told are told once, when the
-- service opens.
ALTER TABLE account ADD COLUMN closed_told bigint NOT NULL DEFAULT 0;
CREATE INDEX account_untold ON account (id) WHERE disabled = 1 AND closed_told = 0;
