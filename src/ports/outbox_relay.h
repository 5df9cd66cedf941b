/* One relay of an outbox: a thread that publishes the rows of one table and deletes them. Inside ports/outbox.c. */
#pragma once
#include "ports/outbox.h"

typedef struct Relay Relay;

#define RELAY_NEVER INT64_MAX

/* Publishes rows in their order, `topic` being the column `topics`; target is what relay_new() was given. On a failure the
 * first *out_done of them are out. */
typedef Err (*RelayPublishFn)(void *target, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done);

/* name: of the outbox; kind: static, "live". queries are borrowed. now_ms: clock_monotonic_ms(), or a test's own clock. */
Relay *relay_new(const char *name, const char *kind, Db *db, const RelayQueries *queries, RelayPublishFn publish,
                 void *target, int64_t (*now_ms)(void));
void relay_start(Relay *relay);
/* There may be rows. */
ANY_THREAD void relay_wake(Relay *relay);
/* What the thread does whenever it is woken, or when the time has come that the last turn returned: publishes at most one page
 * of rows, and removes what is published if that is due. Returns when the next turn is due if nothing wakes it before, by
 * now_ms; RELAY_NEVER: only a wake makes work. For a test instead of relay_start(). */
ON_WORKER int64_t relay_turn(Relay *relay);
/* Counts the rows that were not published yet and shows them as molva_outbox_lag. Asks the database and not the relay's thread,
 * which may sleep or hang. */
ON_WORKER MUST_CHECK Err relay_measure_lag(Relay *relay, Ctx *ctx);
/* Lets the thread publish what can be published at once and then end; relay_join() waits for it. */
ANY_THREAD void relay_stop(Relay *relay);
void relay_join(Relay *relay);
/* After relay_join(), or of one that was not started. */
void relay_free(Relay *relay);
