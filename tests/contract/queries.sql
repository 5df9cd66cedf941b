-- name: add
INSERT INTO items (id, name, number, data, parent) VALUES ($1, $2, $3, $4, $5)
-- name: add_returning
INSERT INTO items (id, name, parent) VALUES ($1, $2, $3) RETURNING id, name
-- The numbers stand in another order than in the text.
-- name: rename
UPDATE items SET name = $2 WHERE id = $1
-- name: by_id
SELECT id, name, number, data, parent FROM items WHERE id = $1
-- name: by_ids
SELECT name FROM items WHERE id IN ids($1) ORDER BY name
-- name: by_numbers
SELECT name FROM items WHERE number IN ints($1) ORDER BY name
-- name: by_name
SELECT id FROM items WHERE name = $1
-- name: names
SELECT name FROM items ORDER BY name
-- name: count
SELECT count(*) FROM items
-- name: remove_all
DELETE FROM items
-- name: add_late
INSERT INTO late (id, item) VALUES ($1, $2)
-- name: sum_data
SELECT coalesce(sum(length(data)), 0) FROM items
-- name: only_here @postgres only
SELECT 1
