/* The outbox: an event is a row that commits together with the change it describes; a relay then publishes it and
 * deletes the row. There are two tables and two relays: `live` feeds pubsub for live viewers, `bus` feeds services that
 * must not miss an event. An event has a row in each table that concerns it. After a crash the remaining rows are
 * published again: an event may be delivered twice, but is never lost. (Richardson, "Transactional outbox".) Several
 * processes may open an outbox on one database; one at a time publishes, under db_exclusive(). Events of consecutive
 * transactions of one process are published in that order; so are those that changed the same row, because the second
 * had to wait for the first to commit. */
#pragma once
#include "ports/bus.h"
#include "ports/db.h"
#include "ports/pubsub.h"

typedef struct Outbox Outbox;

/* Indexes into the service's queries. tools/embed_sql.py adds the queries and tables to every service: outbox.sql,
 * outbox_table.sql, outbox_split.sql. */
typedef struct RelayQueries {
    int add, list, waiting, remove;
} RelayQueries;

typedef struct OutboxQueries {
    RelayQueries live, bus;
} OutboxQueries;

/* prefix: of the service's queries, as in AUTH_Q_ACCOUNT_ADD. */
#define OUTBOX_QUERIES(prefix)                                                                             \
    {                                                                                                      \
        .live = { prefix##_Q_OUTBOX_LIVE_ADD, prefix##_Q_OUTBOX_LIVE_LIST, prefix##_Q_OUTBOX_LIVE_WAITING, \
                  prefix##_Q_OUTBOX_LIVE_REMOVE },                                                         \
        .bus = { prefix##_Q_OUTBOX_BUS_ADD, prefix##_Q_OUTBOX_BUS_LIST, prefix##_Q_OUTBOX_BUS_WAITING,     \
                 prefix##_Q_OUTBOX_BUS_REMOVE },                                                           \
    }

/* All borrowed. name: for threads and metrics, at most 16 characters. Publishes nothing before outbox_start(): an event
 * published before its consumers are registered would be lost. */
Outbox *outbox_open(const char *name, Db *db, const OutboxQueries *queries, Pubsub *pubsub, Bus *bus);
/* Call once all consumers are registered. Starts one thread for live events, so that no live viewer waits for a
 * consumer's disk, and one for the bus; or one per consumer, if the bus has no queues and the database belongs to this
 * process alone. Leftovers of an earlier run are published first. */
void outbox_start(Outbox *outbox);
/* Looks for events that another process may have added. */
void outbox_wake(Outbox *outbox);
/* Sets the metric molva_outbox_lag to the number of waiting events; unchanged if the database does not answer. */
ON_WORKER MUST_CHECK Err outbox_measure_lag(Outbox *outbox, Ctx *ctx);
/* Publishes what can be published at once, then stops the threads. The rest is published at the next start, or by
 * another process. Events may still be added. Also for an outbox that was never started, or already stopped. */
void outbox_stop(Outbox *outbox);
/* Stops and frees it. No events may be added any more. Accepts NULL. */
void outbox_close(Outbox *outbox);

/* A live-only event, for a statement that stores it together with its change (see db_write_one()): the columns of
 * outbox_live, and the marks of the statement. */
typedef struct OutboxRow {
    DbValue topics, trace_id, payload;
    unsigned marks;
} OutboxRow;
/* live_topics: up to 4, NULL-terminated. The row borrows payload and ctx's trace. */
OutboxRow outbox_live_row(Ctx *ctx, const char *const *live_topics, Str payload);

/* Adds an event inside the transaction of its change.
 * bus_topic: "member.added"; empty: live only. live_topics: up to 4 pubsub topics, NULL-terminated; NULL: bus only. */
MUST_CHECK Err outbox_add(Outbox *outbox, Tx *tx, Ctx *ctx, const char *bus_topic, const char *const *live_topics,
                          Str payload);
