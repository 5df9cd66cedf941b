/* Who calls, as far as limits go, and what limits them. */
#pragma once
#include "base/ctx.h"
#include "runtime/lanes.h"

typedef struct RateLimit RateLimit; /* rpc/rate_limit.h */

/* What one caller may use up. All are borrowed, each may be NULL: no limit. */
typedef struct CallerLimits {
    RateLimit *rates;
    Lanes *lanes; /* of the pool that calls run on */
} CallerLimits;

#define CALLER_KEY_MAX (1 + sizeof(Id))

/* The user that is signed in; else what ctx's address counts as (peer_block()). In out_key. */
Str caller_key(const Ctx *ctx, char out_key[CALLER_KEY_MAX]);
