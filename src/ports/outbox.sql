-- The outbox, the same in every service: tools/embed_sql.py adds these to each service's queries, and
-- outbox_table.sql, which creates the table, becomes migration 0000.
-- name: outbox_add
INSERT INTO outbox (bus_topic, live_topics, trace_id, payload) VALUES ($1, $2, $3, $4)
-- name: outbox_list
SELECT id, bus_topic, live_topics, trace_id, payload FROM outbox WHERE id > $1 ORDER BY id LIMIT $2
-- name: outbox_remove
DELETE FROM outbox WHERE id <= $1
