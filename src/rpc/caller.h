/* The identity of a caller for limits, and the limits themselves. */
#pragma once
#include "base/budget.h"
#include "base/ctx.h"
#include "runtime/lanes.h"

typedef struct RateLimit RateLimit; /* rpc/rate_limit.h */

/* A caller's limits. All are borrowed; each may be NULL: no limit. */
typedef struct CallerLimits {
    RateLimit *rates;
    Lanes *lanes;  /* of the worker pool that runs calls */
    Budget *bytes; /* in flight */
} CallerLimits;

#define CALLER_KEY_MAX (1 + sizeof(Id))

/* Translates a budget's answer for the caller: OK, ERR_RATE_LIMITED if their own share is used up, ERR_UNAVAILABLE if
 * the total is, both with ctx->retry_after_ms. */
MUST_CHECK Err caller_budget_check(Ctx *ctx, BudgetAnswer answer);

/* The key of a user; stored in out_key. */
Str caller_key_of_user(Id user, char out_key[CALLER_KEY_MAX]);
/* The key of the signed-in user, otherwise of ctx's address block (peer_block()); stored in out_key. */
Str caller_key(const Ctx *ctx, char out_key[CALLER_KEY_MAX]);
