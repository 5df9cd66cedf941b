/* One relay of an outbox: a thread that publishes the rows of one table and removes those that all relays of the table
 * have published. Used by ports/outbox.c only. */
#pragma once
#include "ports/outbox.h"

typedef struct Relay Relay;

#define RELAY_NEVER INT64_MAX

/* Publishes rows in order; `topic` is the column `topics`, target the one given to relay_new(). On a failure the first
 * *out_done of them were published. */
typedef Err (*RelayPublishFn)(void *target, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done);

typedef struct RelayConfig {
    const char *outbox, *kind; /* "group", "live": for thread and metrics */
    const char *consumer;      /* of the bus, whom alone it publishes to; NULL: to all */
    Db *db;
    const RelayQueries *queries;
    RelayPublishFn publish;
    void *target;
    int64_t (*now_ms)(void); /* clock_monotonic_ms(), or a test's own clock */
    Relay *const *readers;   /* all relays of the table, filled before any starts; NULL: this one alone */
    int n_readers;           /* over 1 only where the database is this process's alone: db_is_shared() */
} RelayConfig;
/* What config points to is borrowed. */
Relay *relay_new(const RelayConfig *config);
void relay_start(Relay *relay);
/* Tells the relay that there may be rows. */
ANY_THREAD void relay_wake(Relay *relay);
/* The thread's work, done whenever it is woken or the time returned by the last turn has come: publishes at most one
 * page of rows, and removes published rows if that is due. Returns when the next turn is due without a wake, by now_ms;
 * RELAY_NEVER: only a wake makes work. For tests, instead of relay_start(). */
ON_WORKER int64_t relay_turn(Relay *relay);
/* Counts unpublished rows and sets molva_outbox_lag. Queries the database instead of the relay's thread, which may
 * sleep or hang. */
ON_WORKER MUST_CHECK Err relay_measure_lag(Relay *relay, Ctx *ctx);
/* Makes the thread publish what can be published at once and then end; relay_join() waits for it. */
ANY_THREAD void relay_stop(Relay *relay);
void relay_join(Relay *relay);
/* After relay_join(), or if it was never started. */
void relay_free(Relay *relay);
