-- The outbox, the same in every service: tools/embed_sql.py adds these to each service's queries, and
-- migration 0000 creates the table.
-- name: outbox_add
INSERT INTO outbox (bus_topic, live_topics, payload) VALUES ($1, $2, $3)
-- name: outbox_list
SELECT id, bus_topic, live_topics, payload FROM outbox WHERE id > $1 ORDER BY id LIMIT $2
-- name: outbox_remove
DELETE FROM outbox WHERE id <= $1
