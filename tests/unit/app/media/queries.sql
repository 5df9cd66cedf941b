-- name: add
INSERT INTO files (id) VALUES ($1)
