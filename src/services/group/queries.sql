-- Conversations and their members. UUIDs compare by their bytes on both engines, so paging by id works on both.

-- Holds off other changes of the conversation until the transaction ends. SQLite has one writer anyway.
-- name: lock
SELECT 1 FROM conversations WHERE id = $1
-- name: lock @postgres
SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE

-- name: conversation
SELECT c.id, c.kind, c.title, c.description, c.created_by, c.created_at, c.member_count, c.direct_low, c.direct_high,
       m.role
FROM members m JOIN conversations c ON c.id = m.conversation_id
WHERE m.conversation_id = $1 AND m.user_id = $2

-- name: conversations
SELECT c.id, c.kind, c.title, c.description, c.created_by, c.created_at, c.member_count, c.direct_low, c.direct_high,
       m.role
FROM members m JOIN conversations c ON c.id = m.conversation_id
WHERE m.user_id = $1 AND m.conversation_id > $2
ORDER BY m.conversation_id LIMIT $3

-- Groups of $1 that $2 belongs to as well, with an id over $3. One look at a key for each conversation of $1, however many $2 has:
-- SQLite takes a CROSS JOIN in the order in which it is written.
-- name: groups_in_common
SELECT c.id, c.kind, c.title, c.description, c.created_by, c.created_at, c.member_count, c.direct_low, c.direct_high,
       ours.role
FROM members ours CROSS JOIN members theirs CROSS JOIN conversations c
WHERE ours.user_id = $1 AND ours.conversation_id > $3
  AND theirs.conversation_id = ours.conversation_id AND theirs.user_id = $2
  AND c.id = ours.conversation_id AND c.kind = 2
ORDER BY ours.conversation_id LIMIT $4

-- name: direct_of_pair
SELECT id FROM conversations WHERE direct_low = $1 AND direct_high = $2

-- name: group_of_client_id
SELECT id, request_hash FROM conversations WHERE created_by = $1 AND client_id = $2

-- Adds nothing when the pair has its direct conversation or the creator used the client_id before.
-- name: add_conversation
INSERT INTO conversations (id, kind, title, description, created_by, created_at, member_count,
                           direct_low, direct_high, client_id, request_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING

-- name: set_description
UPDATE conversations SET title = $2, description = $3 WHERE id = $1

-- name: add_to_member_count
UPDATE conversations SET member_count = member_count + $2 WHERE id = $1

-- name: remove_conversation
DELETE FROM conversations WHERE id = $1

-- name: member
SELECT role, joined_at FROM members WHERE conversation_id = $1 AND user_id = $2

-- name: members
SELECT user_id, role, joined_at FROM members
WHERE conversation_id = $1 AND user_id > $2
ORDER BY user_id LIMIT $3

-- Who inherits when the owner $2 goes: the longest-standing admin, else the longest-standing member, of those whose accounts are
-- open; of the others only when there is nobody else.
-- name: heir
SELECT m.user_id, m.joined_at, u.closed
FROM members m JOIN users u ON u.user_id = m.user_id
WHERE m.conversation_id = $1 AND m.user_id <> $2
ORDER BY u.closed, m.role DESC, m.joined_at, m.user_id LIMIT 1

-- name: owner
SELECT user_id, joined_at FROM members WHERE conversation_id = $1 AND role = 3

-- Holds off whoever would close or open the account, here, until the transaction ends.
-- name: closed
SELECT closed FROM users WHERE user_id = $1
-- name: closed @postgres
SELECT closed FROM users WHERE user_id = $1 FOR UPDATE

-- name: set_closed
INSERT INTO users (user_id, conversations, closed) VALUES ($1, 0, $2)
ON CONFLICT (user_id) DO UPDATE SET closed = excluded.closed

-- Groups of $1, with an id over $2, that a closed account owns. By the conversations of $1: SQLite takes a CROSS JOIN in the order
-- in which it is written.
-- name: ownerless
SELECT m.conversation_id
FROM members m CROSS JOIN members o CROSS JOIN users u
WHERE m.user_id = $1 AND m.conversation_id > $2
  AND o.conversation_id = m.conversation_id AND o.role = 3 AND u.user_id = o.user_id AND u.closed = 1
ORDER BY m.conversation_id LIMIT $3

-- Direct conversations of $1, with an id over $2, and who the other one is.
-- name: directs
SELECT m.conversation_id, CASE WHEN c.direct_low = $1 THEN c.direct_high ELSE c.direct_low END
FROM members m JOIN conversations c ON c.id = m.conversation_id
WHERE m.user_id = $1 AND m.conversation_id > $2 AND c.kind = 1
ORDER BY m.conversation_id LIMIT $3

-- What the other services ask of a member: of a direct conversation also whether the other one's account is closed.
-- name: standing
SELECT m.role, c.kind, u.closed, m.accepted
FROM members m JOIN conversations c ON c.id = m.conversation_id
               LEFT JOIN users u ON u.user_id = CASE WHEN c.direct_low = $2 THEN c.direct_high ELSE c.direct_low END
WHERE m.conversation_id = $1 AND m.user_id = $2

-- name: memberships
SELECT m.conversation_id, c.kind, c.member_count, m.accepted
FROM members m JOIN conversations c ON c.id = m.conversation_id
WHERE m.user_id = $1 AND m.conversation_id > $2
ORDER BY m.conversation_id LIMIT $3

-- Which of these share a conversation with $1 in which they are seen. Goes through the conversations of whoever of
-- the two has fewer, with one look at a key for each: SQLite takes a CROSS JOIN in the order in which it is written.
-- name: acquainted
SELECT u.user_id FROM users u
WHERE u.user_id IN ids($2)
  AND CASE WHEN u.conversations <= (SELECT conversations FROM users WHERE user_id = $1)
           THEN EXISTS (SELECT 1 FROM members theirs CROSS JOIN members ours
                        WHERE theirs.user_id = u.user_id AND theirs.accepted <> 0
                          AND ours.conversation_id = theirs.conversation_id AND ours.user_id = $1)
           ELSE EXISTS (SELECT 1 FROM members ours CROSS JOIN members theirs
                        WHERE ours.user_id = $1
                          AND theirs.conversation_id = ours.conversation_id AND theirs.user_id = u.user_id
                          AND theirs.accepted <> 0) END

-- What decides whether $2 may be put into $1: whether they belong, have left it, and have accepted the direct conversation with
-- whoever adds them, the two being $3 and $4 in the order of their ids.
-- name: candidate
SELECT CAST(EXISTS (SELECT 1 FROM members WHERE conversation_id = $1 AND user_id = $2) AS INTEGER),
       CAST(EXISTS (SELECT 1 FROM departures WHERE conversation_id = $1 AND user_id = $2) AS INTEGER),
       CAST(EXISTS (SELECT 1 FROM conversations d JOIN members a ON a.conversation_id = d.id
                    WHERE d.direct_low = $3 AND d.direct_high = $4 AND a.user_id = $2 AND a.accepted = 1) AS INTEGER)

-- name: add_member
INSERT INTO members (conversation_id, user_id, role, joined_at, accepted, added_by) VALUES ($1, $2, $3, $4, $5, $6)

-- No row: accepted before, or does not belong.
-- name: accept
UPDATE members SET accepted = 1 WHERE conversation_id = $1 AND user_id = $2 AND accepted <> 1 RETURNING added_by

-- name: set_role
UPDATE members SET role = $3 WHERE conversation_id = $1 AND user_id = $2

-- name: remove_member
DELETE FROM members WHERE conversation_id = $1 AND user_id = $2 RETURNING accepted

-- name: remove_members
DELETE FROM members WHERE conversation_id = $1

-- Changes nothing when the user has $3 conversations that are pending, or that are not, as this one is or is not.
-- name: user_joins
INSERT INTO users (user_id, conversations, pending) VALUES ($1, 1, $2)
ON CONFLICT (user_id) DO UPDATE SET conversations = users.conversations + 1, pending = users.pending + excluded.pending
WHERE CASE excluded.pending WHEN 1 THEN users.pending ELSE users.conversations - users.pending END < $3

-- name: user_leaves
UPDATE users SET conversations = conversations - 1, pending = pending - $2 WHERE user_id = $1

-- Locks the members' rows in the order of their ids, as adding people does, so that the two cannot deadlock: an UPDATE
-- locks many rows in whatever order its plan finds them.
-- name: lock_users
SELECT user_id FROM users WHERE user_id IN (SELECT user_id FROM members WHERE conversation_id = $1) ORDER BY user_id
-- name: lock_users @postgres
SELECT user_id FROM users WHERE user_id IN (SELECT user_id FROM members WHERE conversation_id = $1) ORDER BY user_id
FOR UPDATE

-- name: users_leave
UPDATE users SET conversations = conversations - 1,
                 pending = pending - (SELECT CASE m.accepted WHEN 1 THEN 0 ELSE 1 END FROM members m
                                      WHERE m.conversation_id = $1 AND m.user_id = users.user_id)
WHERE user_id IN (SELECT user_id FROM members WHERE conversation_id = $1)

-- Changes nothing when the user has accepted $2 conversations already.
-- name: user_accepts
UPDATE users SET pending = pending - 1 WHERE user_id = $1 AND conversations - pending < $2

-- name: add_departure
INSERT INTO departures (conversation_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: remove_departure
DELETE FROM departures WHERE conversation_id = $1 AND user_id = $2

-- name: remove_departures
DELETE FROM departures WHERE conversation_id = $1

-- Changes nothing when there were $3 already.
-- name: add_unanswered
INSERT INTO unanswered (adder_id, user_id, adds) VALUES ($1, $2, 1)
ON CONFLICT (adder_id, user_id) DO UPDATE SET adds = unanswered.adds + 1 WHERE unanswered.adds < $3

-- name: remove_unanswered
DELETE FROM unanswered WHERE adder_id = $1 AND user_id = $2

-- Makes the row when there is none, and holds it until the transaction ends.
-- name: lock_allowance
INSERT INTO add_allowances (adder_id, used_until) VALUES ($1, 0)
ON CONFLICT (adder_id) DO UPDATE SET used_until = add_allowances.used_until
RETURNING used_until

-- name: set_allowance
UPDATE add_allowances SET used_until = $2 WHERE adder_id = $1
