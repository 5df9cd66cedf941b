-- Whether somebody may sign in, register or rule is decided by several rows that other writes may change meanwhile: passwords
-- and sessions, roles, invitations, limits. Rather than to lock each of them, writes are run as if one after another.
-- isolation: serializable

-- Accounts

-- name: account_add
INSERT INTO account (id, username, username_key, skeleton, password_hash, display_name, about, language, theme, role,
                     disabled, created_at)
VALUES ($1, $2, $3, $4, $5, $6, '', '', '', $7, 0, $8);

-- name: account_by_id
SELECT id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM account WHERE id = $1;

-- name: account_by_key
SELECT id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM account WHERE username_key = $1;

-- name: account_skeleton_taken
SELECT 1 FROM account WHERE skeleton = $1;

-- name: account_owner
SELECT id FROM account WHERE role = 2;

-- name: account_page
SELECT id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM account WHERE id > $1 ORDER BY id LIMIT $2;

-- name: account_set_profile
UPDATE account SET display_name = $2, about = $3, language = $4, theme = $5 WHERE id = $1;

-- name: account_set_password
UPDATE account SET password_hash = $2 WHERE id = $1 AND password_hash = $3;

-- name: account_device_key
SELECT device_key FROM account WHERE id = $1 AND device_key IS NOT NULL;

-- name: account_set_device_key
UPDATE account SET device_key = $2 WHERE id = $1;

-- name: account_set_fold
UPDATE account SET fold = $2 WHERE id = $1;

-- name: account_unfolded
SELECT id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM account WHERE fold < $1 ORDER BY fold, id LIMIT $2;

-- name: account_set_standing
UPDATE account SET role = $2, disabled = $3 WHERE id = $1;

-- name: account_untold
SELECT id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM account WHERE disabled = 1 AND closed_told = 0 ORDER BY id LIMIT $1;

-- name: account_set_told
UPDATE account SET closed_told = 1 WHERE id = $1;

-- People search

-- name: word_add
INSERT INTO user_word (word, user_id) VALUES ($1, $2);

-- name: word_clear
DELETE FROM user_word WHERE user_id = $1;

-- The inner limit bounds the work for a prefix that half the server shares.
-- name: word_search
SELECT id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM account
WHERE disabled = 0
  AND id IN (SELECT user_id FROM user_word WHERE word >= $1 AND word < $2 ORDER BY word LIMIT $3);

-- The list of people

-- name: person_set
INSERT INTO person (sort_key, user_id) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET sort_key = excluded.sort_key;

-- name: person_key
SELECT sort_key FROM person WHERE user_id = $1;

-- name: person_page
SELECT a.id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM person p JOIN account a ON a.id = p.user_id
WHERE (p.sort_key, p.user_id) > ($1, $2) AND disabled = 0
ORDER BY p.sort_key, p.user_id LIMIT $3;

-- name: person_newest
SELECT id, username, password_hash, display_name, about, language, theme, role, disabled, created_at
FROM account WHERE id < $1 AND disabled = 0 ORDER BY id DESC LIMIT $2;

-- Sessions

-- name: session_add
INSERT INTO session (id, user_id, family_key, refresh_hash, device, address, created_at, last_seen_at, expires_at,
                     access_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9);

-- name: session_by_id
SELECT id, user_id, family_key, refresh_hash, device, address, created_at, last_seen_at, expires_at, access_until,
       previous_hash, previous_until, successor_key
FROM session WHERE id = $1;

-- name: session_of_user
SELECT id, user_id, family_key, refresh_hash, device, address, created_at, last_seen_at, expires_at, access_until,
       previous_hash, previous_until, successor_key
FROM session WHERE user_id = $1 ORDER BY last_seen_at DESC, id DESC;

-- name: session_rotate
UPDATE session SET refresh_hash = $3, address = $4, last_seen_at = $5, expires_at = $6, access_until = $7,
                   previous_hash = $2, previous_until = $8, successor_key = $9
WHERE id = $1 AND refresh_hash = $2;

-- name: session_prolong
UPDATE session SET access_until = $3 WHERE id = $1 AND refresh_hash = $2;

-- name: session_remove
DELETE FROM session WHERE id = $1;

-- name: session_remove_expired
DELETE FROM session WHERE expires_at <= $1;

-- name: revoked_add
INSERT INTO revoked_session (session_id, until) VALUES ($1, $2) ON CONFLICT (session_id) DO NOTHING;

-- name: revoked_list
SELECT session_id, until FROM revoked_session WHERE until > $1;

-- name: revoked_remove_ended
DELETE FROM revoked_session WHERE until <= $1;

-- Wrong passwords

-- name: failure_by_key
SELECT failures, last_at FROM password_failure WHERE key = $1 AND last_at > $2;

-- What failed before $3 is forgotten.
-- name: failure_add
INSERT INTO password_failure (key, failures, last_at) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE
SET failures = CASE WHEN password_failure.last_at > $3 THEN password_failure.failures + 1 ELSE 1 END,
    last_at = excluded.last_at;

-- name: failure_move
UPDATE password_failure SET last_at = $3 WHERE key = $1 AND last_at = $2;

-- name: failure_lower
UPDATE password_failure SET failures = failures - $2 WHERE key = $1;

-- name: failure_remove_empty
DELETE FROM password_failure WHERE key = $1 AND failures <= 0;

-- name: failure_remove
DELETE FROM password_failure WHERE key = $1;

-- name: failure_remove_old
DELETE FROM password_failure WHERE last_at <= $1;

-- name: failure_remove_most
DELETE FROM password_failure
WHERE last_at < (SELECT last_at FROM password_failure ORDER BY last_at DESC LIMIT 1 OFFSET $1);

-- Invitations

-- name: invite_add
INSERT INTO invite (id, code_hash, uses_left, expires_at, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: invite_list
SELECT id, uses_left, expires_at, created_by, created_at FROM invite WHERE expires_at > $1 AND uses_left > 0 ORDER BY id;

-- name: invite_count
SELECT count(*) FROM invite;

-- name: invite_open
SELECT 1 FROM invite WHERE code_hash = $1 AND expires_at > $2 AND uses_left > 0;

-- name: invite_inviter
SELECT a.display_name FROM invite i JOIN account a ON a.id = i.created_by
WHERE i.code_hash = $1 AND i.expires_at > $2 AND i.uses_left > 0;

-- name: invite_use
UPDATE invite SET uses_left = uses_left - 1 WHERE code_hash = $1 AND expires_at > $2 AND uses_left > 0;

-- name: invite_remove
DELETE FROM invite WHERE id = $1;

-- name: invite_remove_spent
DELETE FROM invite WHERE expires_at <= $1 OR uses_left <= 0;

-- name: owner_code_set
INSERT INTO owner_code (slot, code_hash) VALUES (1, $1) ON CONFLICT (slot) DO UPDATE SET code_hash = excluded.code_hash;

-- name: owner_code_open
SELECT 1 FROM owner_code WHERE code_hash = $1;

-- name: owner_code_use
DELETE FROM owner_code WHERE code_hash = $1;

-- Signing keys

-- name: key_add
INSERT INTO signing_key (kid, private_der, active_at) VALUES ($1, $2, $3);

-- name: key_list
SELECT kid, private_der, active_at FROM signing_key ORDER BY active_at DESC, kid;

-- name: key_remove
DELETE FROM signing_key WHERE kid = $1;
