-- The log of each conversation, and who has read how far.

-- Takes the next rev, and the next seq when $2 is 1. No row: the sender used the client_id before, or the conversation
-- was deleted. One statement, because a send has few to spare.
-- name: advance
INSERT INTO heads (conversation_id, rev, seq, deleted)
SELECT $1, 1, $2, 0
WHERE NOT EXISTS (SELECT 1 FROM entries WHERE sender_id = $3 AND client_id = $4)
ON CONFLICT (conversation_id) DO UPDATE SET rev = heads.rev + 1, seq = heads.seq + excluded.seq
WHERE heads.deleted = 0
RETURNING rev, seq

-- All that a send writes: number, entry, read position, event, whose payload ends with the numbers. No row: as of advance.
-- A client_id that another transaction stores at the same time is a conflict, so that no number is lost. Each part takes
-- the rows of the one before, so all wait until the conversation's row is theirs.
-- name: send @postgres only
WITH head AS (
    INSERT INTO heads (conversation_id, rev, seq, deleted)
    SELECT $1, 1, 1, 0
    WHERE NOT EXISTS (SELECT 1 FROM entries WHERE sender_id = $2 AND client_id = $3)
    ON CONFLICT (conversation_id) DO UPDATE SET rev = heads.rev + 1, seq = heads.seq + 1
    WHERE heads.deleted = 0
    RETURNING rev, seq
), entry AS (
    INSERT INTO entries (conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, text)
    SELECT $1, rev, seq, $4, $5, $2, $3, $6, $7 FROM head
    RETURNING rev, seq
), moved AS (
    INSERT INTO reads (conversation_id, user_id, seq, shown) SELECT $1, $2, seq, 1 FROM entry
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET seq = excluded.seq, shown = 1 WHERE reads.seq < excluded.seq
), told AS (
    INSERT INTO outbox_live (topics, trace_id, payload)
    SELECT $8, $9, $10::bytea || int8send(rev) || int8send(seq) FROM entry
)
SELECT rev, seq FROM entry

-- name: add_entry
INSERT INTO entries (conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, text, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (sender_id, client_id) DO NOTHING

-- name: entry_of_client_id
SELECT conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, text, payload
FROM entries WHERE sender_id = $1 AND client_id = $2

-- name: messages_before
SELECT conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, text, payload
FROM entries WHERE conversation_id = $1 AND seq < $2
ORDER BY seq DESC LIMIT $3

-- name: messages_after
SELECT conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, text, payload
FROM entries WHERE conversation_id = $1 AND seq > $2
ORDER BY seq LIMIT $3

-- name: entries_after
SELECT conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, text, payload
FROM entries WHERE conversation_id = $1 AND rev > $2
ORDER BY rev LIMIT $3

-- The entries of some numbers: $1 ids of conversations, $2 a number for each; with the place of the pair.
-- name: ids_of_entries
SELECT c.key, e.id
FROM json_each($1) c CROSS JOIN entries e
WHERE e.conversation_id = uuid_blob(c.value) AND e.rev = json_extract($2, '$[' || c.key || ']')
-- name: ids_of_entries @postgres
SELECT c.n - 1, e.id
FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS c (id, rev, n) JOIN entries e ON e.conversation_id = c.id AND e.rev = c.rev

-- name: head
SELECT h.conversation_id, h.rev, h.seq, r.seq, r.delivered_seq
FROM heads h LEFT JOIN reads r ON r.conversation_id = h.conversation_id AND r.user_id = $1
WHERE h.conversation_id = $2

-- Many conversations in one round trip, with the id of the newest entry.
-- name: heads
SELECT h.conversation_id, h.rev, h.seq, r.seq, r.delivered_seq, t.id
FROM heads h LEFT JOIN reads r ON r.conversation_id = h.conversation_id AND r.user_id = $1
             LEFT JOIN entries t ON t.conversation_id = h.conversation_id AND t.rev = h.rev
WHERE h.conversation_id IN ids($2)

-- The same with the newest message of each, its columns in the order of the queries above, but of its text no more than a
-- preview shows and one code point, which tells that there is more (PREVIEW_MAX).
-- name: heads_with_message
SELECT h.conversation_id, h.rev, h.seq, r.seq, r.delivered_seq, t.id,
       e.conversation_id, e.rev, e.seq, e.kind, e.id, e.sender_id, e.client_id, e.created_at,
       SUBSTR(e.text, 1, 201), e.payload
FROM heads h LEFT JOIN reads r ON r.conversation_id = h.conversation_id AND r.user_id = $1
             LEFT JOIN entries t ON t.conversation_id = h.conversation_id AND t.rev = h.rev
             LEFT JOIN entries e ON e.conversation_id = h.conversation_id AND e.seq = h.seq
WHERE h.conversation_id IN ids($2)

-- Only forward. What was shown stays so.
-- name: move_read
INSERT INTO reads (conversation_id, user_id, seq, shown) VALUES ($1, $2, $3, $4)
ON CONFLICT (conversation_id, user_id) DO UPDATE
SET seq = excluded.seq, shown = CASE WHEN reads.shown = 1 THEN 1 ELSE excluded.shown END
WHERE reads.seq < excluded.seq

-- Only forward, and beyond what is read.
-- name: move_delivered
INSERT INTO reads (conversation_id, user_id, seq, delivered_seq, shown) VALUES ($1, $2, 0, $3, $4)
ON CONFLICT (conversation_id, user_id) DO UPDATE
SET delivered_seq = excluded.delivered_seq, shown = CASE WHEN reads.shown = 1 THEN 1 ELSE excluded.shown END
WHERE reads.delivered_seq < excluded.delivered_seq AND reads.seq < excluded.delivered_seq

-- The newest message of a time.
-- name: newest_at
SELECT seq FROM entries WHERE conversation_id = $1 AND seq > 0 AND created_at <= $2 ORDER BY seq DESC LIMIT 1

-- A new member may have read further already.
-- name: begin_read
INSERT INTO reads (conversation_id, user_id, seq, since_seq) VALUES ($1, $2, $3, $3)
ON CONFLICT (conversation_id, user_id) DO UPDATE
SET since_seq = excluded.since_seq, seq = CASE WHEN reads.seq < excluded.seq THEN excluded.seq ELSE reads.seq END

-- As the others may see them: of who has not accepted the conversation only since when they are there, which the log says too.
-- name: reads
SELECT user_id, CASE WHEN shown = 1 THEN seq ELSE since_seq END, CASE WHEN shown = 1 THEN delivered_seq ELSE 0 END, since_seq
FROM reads WHERE conversation_id = $1 AND (shown = 1 OR since_seq > 0)
ORDER BY user_id LIMIT $2

-- name: remove_read
DELETE FROM reads WHERE conversation_id = $1 AND user_id = $2

-- name: remove_reads
DELETE FROM reads WHERE conversation_id = $1

-- name: close_head
INSERT INTO heads (conversation_id, rev, seq, deleted) VALUES ($1, 0, 0, 1)
ON CONFLICT (conversation_id) DO UPDATE SET rev = 0, seq = 0, deleted = 1

-- The oldest $2 entries that are left.
-- name: remove_entries
DELETE FROM entries
WHERE conversation_id = $1 AND rev < $2 + (SELECT MIN(rev) FROM entries WHERE conversation_id = $1)

-- name: add_meta
INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING

-- name: meta
SELECT value FROM meta WHERE name = $1
