/* The outbox: an event is a row that commits with the change it tells of; a relay publishes it afterwards and then deletes
 * the row. There are two tables and two relays: `live` feeds pubsub for those who watch, `bus` those who must not miss it. An
 * event has a row in each table that concerns it. After a crash the rows that are left go out again: delivered twice is
 * possible, lost is not. (Richardson, "Transactional outbox".)
 * Several processes may open an outbox on one database; one of them at a time publishes, under db_exclusive(). Events of one
 * process's transactions that follow each other go out in that order; so do those that changed the same row, because the
 * second had to wait for the first to commit. */
#pragma once
#include "ports/bus.h"
#include "ports/db.h"
#include "ports/pubsub.h"

typedef struct Outbox Outbox;

/* Where these stand in the service's queries. tools/embed_sql.py adds them and the tables to every service: outbox.sql,
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

/* All borrowed. name: for threads and metrics, at most 16 characters. Publishes nothing before outbox_start(): an event that
 * went out before its consumers were registered would be lost. */
Outbox *outbox_open(const char *name, Db *db, const OutboxQueries *queries, Pubsub *pubsub, Bus *bus);
/* Once all consumers are registered. Starts two threads: one for live events, so that nobody who watches waits for a
 * consumer's disk, one for the bus. What an earlier run left goes out first. */
void outbox_start(Outbox *outbox);
/* Looks for events that another process may have added. */
void outbox_wake(Outbox *outbox);
/* Shows in the metric molva_outbox_lag how many events wait. What was shown before stays when the database does not answer. */
ON_WORKER MUST_CHECK Err outbox_measure_lag(Outbox *outbox, Ctx *ctx);
/* Publishes what can be published at once, stops the threads. What is left goes out at the next start, or by another
 * process. Events may still be added. Also for one that was never started, or stopped before. */
void outbox_stop(Outbox *outbox);
/* Stops it, and frees it. Nobody adds events any more. Accepts NULL. */
void outbox_close(Outbox *outbox);

/* An event that is live only, for a statement which adds it along with its change (see db_write_one()): columns of outbox_live,
 * and what the statement is to be marked with. */
typedef struct OutboxRow {
    DbValue topics, trace_id, payload;
    unsigned marks;
} OutboxRow;
/* live_topics: up to 4, NULL-terminated. The row borrows payload, and ctx's trace. */
OutboxRow outbox_live_row(Ctx *ctx, const char *const *live_topics, Str payload);

/* Adds an event inside the transaction of its change.
 * bus_topic: "member.added"; empty: live only. live_topics: up to 4 pubsub topics, NULL-terminated list; NULL: bus only. */
MUST_CHECK Err outbox_add(Outbox *outbox, Tx *tx, Ctx *ctx, const char *bus_topic, const char *const *live_topics,
                          Str payload);
