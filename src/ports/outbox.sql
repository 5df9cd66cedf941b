-- The outbox, the same in every service: tools/embed_sql.py adds these to each service's queries. The tables are made by
-- migrations of everybody: 0000 (outbox_table.sql) and 0002 (outbox_split.sql).
-- name: outbox_live_add
INSERT INTO outbox_live (topics, trace_id, payload) VALUES ($1, $2, $3)
-- name: outbox_live_list
SELECT id, topics, trace_id, payload FROM outbox_live WHERE id > $1 ORDER BY id LIMIT $2
-- About how many: ids that were never committed count too. Cheap however many there are.
-- name: outbox_live_waiting
SELECT coalesce((SELECT max(id) FROM outbox_live WHERE id > $1) - (SELECT min(id) FROM outbox_live WHERE id > $1) + 1, 0)
-- name: outbox_live_remove
DELETE FROM outbox_live WHERE id BETWEEN $1 AND $2
-- Not worth a wait for the disk: a row that comes back after a crash only goes out a second time.
-- name: outbox_live_remove @postgres
DELETE FROM outbox_live WHERE id BETWEEN $1 AND $2 AND set_config('synchronous_commit', 'off', true) = 'off'

-- name: outbox_bus_add
INSERT INTO outbox_bus (topics, trace_id, payload) VALUES ($1, $2, $3)
-- name: outbox_bus_list
SELECT id, topics, trace_id, payload FROM outbox_bus WHERE id > $1 ORDER BY id LIMIT $2
-- name: outbox_bus_waiting
SELECT coalesce((SELECT max(id) FROM outbox_bus WHERE id > $1) - (SELECT min(id) FROM outbox_bus WHERE id > $1) + 1, 0)
-- name: outbox_bus_remove
DELETE FROM outbox_bus WHERE id BETWEEN $1 AND $2
-- name: outbox_bus_remove @postgres
DELETE FROM outbox_bus WHERE id BETWEEN $1 AND $2 AND set_config('synchronous_commit', 'off', true) = 'off'
