/* Who calls, as far as limits go, and what limits them. */
#pragma once
#include "base/budget.h"
#include "base/ctx.h"
#include "runtime/lanes.h"

typedef struct RateLimit RateLimit; /* rpc/rate_limit.h */

/* What one caller may use up. All are borrowed, each may be NULL: no limit. */
typedef struct CallerLimits {
    RateLimit *rates;
    Lanes *lanes;  /* of the pool that calls run on */
    Budget *bytes; /* in flight */
} CallerLimits;

#define CALLER_KEY_MAX (1 + sizeof(Id))

/* What an answer of a budget means to a caller: OK, ERR_RATE_LIMITED when it is theirs that is used up, ERR_UNAVAILABLE when all
 * is, both with ctx->retry_after_ms. */
MUST_CHECK Err caller_budget_check(Ctx *ctx, BudgetAnswer answer);

/* This user. In out_key. */
Str caller_key_of_user(Id user, char out_key[CALLER_KEY_MAX]);
/* The user that is signed in; else what ctx's address counts as (peer_block()). In out_key. */
Str caller_key(const Ctx *ctx, char out_key[CALLER_KEY_MAX]);
