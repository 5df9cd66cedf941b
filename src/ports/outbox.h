/* The outbox: an event is a row that commits with the change it tells of; a relay publishes it afterwards, first to pubsub
 * for those who watch live, then to the bus for those who must not miss it, and deletes the row once the bus has it. After
 * a crash the rows that are left go out again: delivered twice is possible, lost is not.
 * (Richardson, "Transactional outbox".) Events of one database go out in commit order. */
#pragma once
#include "ports/bus.h"
#include "ports/db.h"
#include "ports/pubsub.h"

typedef struct Outbox Outbox;

/* Where these stand in the service's queries. tools/embed_sql.py adds them and the table to every service: outbox.sql,
 * outbox_table.sql. */
typedef struct OutboxQueries {
    int add, list, remove;
} OutboxQueries;

/* All borrowed. name: for threads and metrics, at most 16 characters. Publishes nothing before outbox_start(): an event that
 * went out before its consumers were registered would be lost. */
Outbox *outbox_open(const char *name, Db *db, const OutboxQueries *queries, Pubsub *pubsub, Bus *bus);
/* Once all consumers are registered. Starts two threads: one for live events, so that nobody who watches waits for a
 * consumer's disk, one for the bus. What an earlier run left goes out first. */
void outbox_start(Outbox *outbox);
/* Looks for events that another process may have added. */
void outbox_wake(Outbox *outbox);
/* Publishes what can be published at once, stops the threads. What is left goes out at the next start.
 * Also for one that was never started. Accepts NULL. */
void outbox_close(Outbox *outbox);

/* Adds an event inside the transaction of its change.
 * bus_topic: "member.added"; empty: live only. live_topics: up to 4 pubsub topics, NULL-terminated list; NULL: bus only. */
MUST_CHECK Err outbox_add(Outbox *outbox, Tx *tx, Ctx *ctx, const char *bus_topic, const char *const *live_topics,
                          Str payload);
