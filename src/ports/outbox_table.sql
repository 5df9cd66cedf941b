-- AUTOINCREMENT: an id never comes back after its row was deleted, so the relays' cursors only move forward.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    bus_topic   TEXT NOT NULL, -- empty: live only
    live_topics TEXT NOT NULL, -- one per line; empty: bus only
    trace_id    TEXT NOT NULL, -- of the request that made the change
    payload     BLOB NOT NULL
);
