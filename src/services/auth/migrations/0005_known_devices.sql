-- Marks the devices that have signed in to the account since its password was set; NULL until the next one does.
ALTER TABLE account ADD COLUMN device_key bytea;
