/* A cache of bytes by key. Correctness never depends on it: a miss is always a valid answer. A miss hands out a lease;
 * a put with a lease older than the key's last delete is dropped, so a value read before a change can never be stored
 * after it (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013). */
#pragma once
#include <pthread.h>

#include "base/attr.h"
#include "base/ctx.h"
#include "base/map.h"

typedef struct Cache Cache;

typedef struct CacheOps {
    const char *driver;
    Err (*get)(Cache *c, Ctx *ctx, Str key, Str *out_value, uint64_t *out_lease);
    void (*put)(Cache *c, Ctx *ctx, Str key, Str value, uint32_t ttl_ms, uint64_t lease);
    void (*del)(Cache *c, Ctx *ctx, Str key);
    Err (*check)(Cache *c, Ctx *ctx);
    void (*free)(Cache *c);
} CacheOps;

/* Reads in flight; see cache_fetch.c. */
typedef struct CacheFlights {
    uint32_t follow_ms; /* fixed: CACHE_FOLLOW_MS, or a test's value */
    pthread_mutex_t lock;
    /* lock */
    Map by_name;
} CacheFlights;

struct Cache {
    const CacheOps *ops;
    CacheFlights flights;
};

/* For drivers: first and last in the life of a cache. */
void cache_init(Cache *cache, const CacheOps *ops);
void cache_done(Cache *cache);

#define CACHE_KEY_MAX   200
#define CACHE_VALUE_MAX 65536

/* OK and the value, copied into ctx->arena; or ERR_NOT_FOUND and a lease for cache_put(), 0 if nothing can be put.
 * Two callers that miss the same key get the same lease, unless the key was deleted in between. Services use
 * cache_fetch(). */
ON_WORKER MUST_CHECK static inline Err cache_get(Cache *c, Ctx *ctx, Str key, Str *out_value, uint64_t *out_lease)
{
    return c->ops->get(c, ctx, key, out_value, out_lease);
}
/* May be dropped silently. ttl_ms > 0. */
ON_WORKER static inline void cache_put(Cache *c, Ctx *ctx, Str key, Str value, uint32_t ttl_ms, uint64_t lease)
{
    c->ops->put(c, ctx, key, value, ttl_ms, lease);
}
/* Once it returns, no get returns an older value. Call it after the commit. */
ON_WORKER static inline void cache_delete(Cache *c, Ctx *ctx, Str key)
{
    c->ops->del(c, ctx, key);
}
/* ERR_UNAVAILABLE with the reason while the driver's server is unreachable; every get is a miss then. For readiness. */
ON_WORKER MUST_CHECK static inline Err cache_check(Cache *c, Ctx *ctx)
{
    return c->ops->check(c, ctx);
}
static inline void cache_free(Cache *c)
{
    if (c) c->ops->free(c);
}
