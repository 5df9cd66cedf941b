-- By which version of the fold (base/fold.h) the words and the place in the list of people were made; 0: by none yet. The service
-- makes them anew when it opens.
ALTER TABLE account ADD COLUMN fold bigint NOT NULL DEFAULT 0;
CREATE INDEX account_by_fold ON account (fold, id);
