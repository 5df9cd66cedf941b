-- One table for each relay instead of one for both. AUTOINCREMENT: an id never comes back after its row was deleted, so a
-- relay's cursor only moves forward.
CREATE TABLE outbox_live (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    topics   TEXT NOT NULL, -- pubsub topics, one per line
    trace_id TEXT NOT NULL, -- of the request that made the change
    payload  BLOB NOT NULL
);
CREATE TABLE outbox_bus (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    topics   TEXT NOT NULL, -- the bus topic
    trace_id TEXT NOT NULL,
    payload  BLOB NOT NULL
);
INSERT INTO outbox_live (topics, trace_id, payload)
SELECT live_topics, trace_id, payload FROM outbox WHERE live_topics <> '' ORDER BY id;
INSERT INTO outbox_bus (topics, trace_id, payload)
SELECT bus_topic, trace_id, payload FROM outbox WHERE bus_topic <> '' ORDER BY id;
DROP TABLE outbox;
