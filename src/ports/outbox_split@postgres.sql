-- Rows live for a moment only: the tables are swept after so many dead ones, however few are alive.
CREATE TABLE outbox_live (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topics   TEXT NOT NULL, -- pubsub topics, one per line
    trace_id TEXT NOT NULL, -- of the request that made the change
    payload  BYTEA NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000);
CREATE TABLE outbox_bus (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topics   TEXT NOT NULL, -- the bus topic
    trace_id TEXT NOT NULL,
    payload  BYTEA NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000);
INSERT INTO outbox_live (topics, trace_id, payload)
SELECT live_topics, trace_id, payload FROM outbox WHERE live_topics <> '' ORDER BY id;
INSERT INTO outbox_bus (topics, trace_id, payload)
SELECT bus_topic, trace_id, payload FROM outbox WHERE bus_topic <> '' ORDER BY id;
DROP TABLE outbox;
