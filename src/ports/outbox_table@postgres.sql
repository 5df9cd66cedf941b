CREATE TABLE outbox (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bus_topic   TEXT NOT NULL, -- empty: live only
    live_topics TEXT NOT NULL, -- one per line; empty: bus only
    trace_id    TEXT NOT NULL, -- of the request that made the change
    payload     BYTEA NOT NULL
);
