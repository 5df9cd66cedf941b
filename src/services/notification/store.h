/* Rows of feeds and of last-seen times. Inside a transaction, on a worker thread. Results live in ctx->arena. */
#pragma once
#include "ports/db.h"
#include "services/notification/rules.h"

typedef struct FeedRow {
    uint32_t urev;
    Str name; /* NUL-terminated */
    Str data; /* FeedData */
    int64_t created_at_ms;
    Id event; /* its cause */
} FeedRow;

/* A change in a feed, identified by its number and the event that caused it. */
typedef struct FeedPosition {
    uint32_t urev;
    Id event; /* ID_NONE: there is no such change, or it was pruned */
} FeedPosition;

/* Appends a change with the feed's next urev. ERR_CONFLICT: the event has its change already. */
MUST_CHECK Err feed_store_append(Tx *tx, Ctx *ctx, Id user, Id event, FeedRow *row);
/* Drops all but the newest `kept` changes of a feed that has reached urev; occasionally, not each time. */
MUST_CHECK Err feed_store_prune(Tx *tx, Ctx *ctx, Id user, uint32_t urev, uint32_t kept);
/* The newest change; urev 0 for a feed without changes. */
MUST_CHECK Err feed_store_head(Tx *tx, Ctx *ctx, Id user, FeedPosition *out_head);
/* The change with this number. */
MUST_CHECK Err feed_store_at(Tx *tx, Ctx *ctx, Id user, uint32_t urev, FeedPosition *out_position);
/* At most `limit` changes after `after`, by urev, fewer if they exceed bytes_max in a response, but at least one if
 * there is one; out_rows has room for `limit`. */
MUST_CHECK Err feed_store_changes(Tx *tx, Ctx *ctx, Id user, uint32_t after, uint32_t limit, size_t bytes_max,
                                  FeedRow *out_rows, uint32_t *out_n);

/* An earlier time than the one known changes nothing. */
MUST_CHECK Err last_seen_store_set(Tx *tx, Ctx *ctx, Id user, int64_t at_ms);
/* out_at_ms[i]: when users[i] was last seen; 0: never. */
MUST_CHECK Err last_seen_store_get(Tx *tx, Ctx *ctx, const Id *users, size_t n_users, int64_t *out_at_ms);
