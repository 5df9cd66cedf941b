/* The outbox: an event is a row that commits with the change it tells of; a relay publishes it afterwards, first to pubsub
 * for those who watch live, then to the bus for those who must not miss it, and deletes the row once the bus has it. After
 * a crash the rows that are left go out again: delivered twice is possible, lost is not.
 * (Richardson, "Transactional outbox".) Events of one database go out in commit order. */
#pragma once
#include "ports/bus.h"
#include "ports/db.h"
#include "ports/pubsub.h"

typedef struct Outbox Outbox;

/* Every service with events has these in its queries.sql and this table in its first migration; see ports/outbox.sql. */
typedef struct OutboxQueries {
    int add, list, remove;
} OutboxQueries;

/* All borrowed. name: for threads and metrics, at most 8 characters. Starts two threads: one for live events, so that
 * nobody who watches waits for a consumer's disk, one for the bus. */
Outbox *outbox_open(const char *name, Db *db, const OutboxQueries *queries, Pubsub *pubsub, Bus *bus);
/* Publishes what can be published at once, stops the threads. What is left goes out at the next start. */
void outbox_close(Outbox *outbox);

/* Adds an event inside the transaction of its change.
 * bus_topic: "member.added"; empty: live only. live_topics: up to 4 pubsub topics, NULL-terminated list; NULL: bus only. */
MUST_CHECK Err outbox_add(Outbox *outbox, Tx *tx, Ctx *ctx, const char *bus_topic, const char *const *live_topics,
                          Str payload);
