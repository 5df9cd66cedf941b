-- The feed of each user, and when they were last online.

-- Makes the row when there is none and holds off other changes of this feed until the transaction ends.
-- name: lock_head
INSERT INTO feed_heads (user_id, urev) VALUES ($1, 0)
ON CONFLICT (user_id) DO UPDATE SET urev = feed_heads.urev
RETURNING urev

-- name: set_head
UPDATE feed_heads SET urev = $2 WHERE user_id = $1

-- The newest change and the event that caused it.
-- name: head
SELECT h.urev, f.event_id FROM feed_heads h LEFT JOIN feed f ON f.user_id = h.user_id AND f.urev = h.urev
WHERE h.user_id = $1

-- name: event_of_change
SELECT event_id FROM feed WHERE user_id = $1 AND urev = $2

-- name: change_of_event
SELECT urev FROM feed WHERE user_id = $1 AND event_id = $2

-- name: add_change
INSERT INTO feed (user_id, urev, event_id, name, data, created_at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: changes
SELECT urev, name, data, created_at, event_id FROM feed WHERE user_id = $1 AND urev > $2 ORDER BY urev LIMIT $3

-- name: prune
DELETE FROM feed WHERE user_id = $1 AND urev <= $2

-- name: set_last_seen
INSERT INTO last_seen (user_id, at) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET at = excluded.at WHERE last_seen.at < excluded.at

-- Of many at once.
-- name: last_seen
SELECT user_id, at FROM last_seen
WHERE user_id IN ids($1)
