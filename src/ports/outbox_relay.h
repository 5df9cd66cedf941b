/* One relay of an outbox: a thread that publishes the rows of one table and deletes them. Inside ports/outbox.c. */
#pragma once
#include "ports/outbox.h"

typedef struct Relay Relay;

/* Publishes rows in their order, `topic` being the column `topics`; target is what relay_new() was given. On a failure the
 * first *out_done of them are out. */
typedef Err (*RelayPublishFn)(void *target, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done);

/* name: of the outbox; kind: static, "live". queries are borrowed. */
Relay *relay_new(const char *name, const char *kind, Db *db, const RelayQueries *queries, RelayPublishFn publish,
                 void *target);
void relay_start(Relay *relay);
/* There may be rows. Any thread. */
void relay_wake(Relay *relay);
/* Lets the thread publish what can be published at once and then end; relay_free() waits for it. */
void relay_stop(Relay *relay);
void relay_free(Relay *relay);
