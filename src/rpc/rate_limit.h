/* Token buckets per caller and rate class, implemented as the generic cell rate algorithm (ITU-T I.371): one timestamp
 * per bucket. Any thread. Bounded: full buckets are dropped, and when there are too many, callers without a bucket
 * share one. */
#pragma once
#include "base/ctx.h"
#include "rpc/rpc.h"

typedef struct RateLimit RateLimit;

#define RATE_LIMIT_BUCKETS_MAX 131072

/* buckets_max: separate buckets; RATE_LIMIT_BUCKETS_MAX except in tests. */
RateLimit *rate_limit_new(uint32_t buckets_max);
void rate_limit_free(RateLimit *limit);

/* Takes tokens for ctx's user, or for its address block before sign-in (net/peer.h); asking for more than the bucket
 * holds takes all of it. If there are too few: ERR_RATE_LIMITED with ctx->retry_after_ms, and none are taken. */
MUST_CHECK Err rate_limit_take(RateLimit *limit, Ctx *ctx, RpcRate rate, uint32_t tokens);
