/* Token buckets per caller and rate class, as the generic cell rate algorithm (ITU-T I.371): one time per bucket.
 * Any thread. Bounded: full buckets are forgotten, and when there are too many, callers without one share one. */
#pragma once
#include "base/ctx.h"
#include "rpc/rpc.h"

typedef struct RateLimit RateLimit;

#define RATE_LIMIT_BUCKETS_MAX 131072

/* buckets_max: how many callers and classes are told apart; RATE_LIMIT_BUCKETS_MAX but in tests. */
RateLimit *rate_limit_new(uint32_t buckets_max);
void rate_limit_free(RateLimit *limit);

/* Takes tokens for ctx's user, or for what its address counts as when nobody is signed in (net/peer.h); more than the bucket
 * holds count as all of it. ERR_RATE_LIMITED with ctx->retry_after_ms, and none are taken, when there are too few. */
MUST_CHECK Err rate_limit_take(RateLimit *limit, Ctx *ctx, RpcRate rate, uint32_t tokens);
