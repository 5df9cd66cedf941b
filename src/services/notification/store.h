/* Rows of feeds and of who was last seen when. Inside a transaction, on a worker thread. Results live in ctx->arena. */
#pragma once
#include "ports/db.h"
#include "services/notification/rules.h"

typedef struct FeedRow {
    uint32_t urev;
    Str name; /* with a closing NUL */
    Str data; /* FeedData */
    int64_t created_at_ms;
    Id event; /* that caused it */
} FeedRow;

/* A change of a feed, named by its number and by the event that caused it. */
typedef struct FeedPosition {
    uint32_t urev;
    Id event; /* ID_NONE: there is no such change, or it is not kept any more */
} FeedPosition;

/* Appends a change and gives it the feed's next urev. ERR_CONFLICT: the event has its change already. */
MUST_CHECK Err feed_store_append(Tx *tx, Ctx *ctx, Id user, Id event, FeedRow *row);
/* Drops what is older than the newest `kept` changes of a feed that has come to urev; now and then, not each time. */
MUST_CHECK Err feed_store_prune(Tx *tx, Ctx *ctx, Id user, uint32_t urev, uint32_t kept);
/* The newest change; urev 0 for a feed without changes. */
MUST_CHECK Err feed_store_head(Tx *tx, Ctx *ctx, Id user, FeedPosition *out_head);
/* The change with this number. */
MUST_CHECK Err feed_store_at(Tx *tx, Ctx *ctx, Id user, uint32_t urev, FeedPosition *out_position);
/* At most `limit` changes behind `after`, by urev, fewer when they grow over bytes_max in an answer, but at least one if there
 * is one; out_rows has room for `limit`. */
MUST_CHECK Err feed_store_changes(Tx *tx, Ctx *ctx, Id user, uint32_t after, uint32_t limit, size_t bytes_max,
                                  FeedRow *out_rows, uint32_t *out_n);

/* An earlier time than the one known changes nothing. */
MUST_CHECK Err last_seen_store_set(Tx *tx, Ctx *ctx, Id user, int64_t at_ms);
/* out_at_ms[i]: when users[i] was last seen; 0: never. */
MUST_CHECK Err last_seen_store_get(Tx *tx, Ctx *ctx, const Id *users, size_t n_users, int64_t *out_at_ms);
