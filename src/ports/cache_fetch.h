/* Reading through a cache: cached items from the cache, missing ones from the source. Callers in one process that miss
 * the same item at the same time read it once (single flight): when a thousand clients reconnect at the same moment,
 * the database is queried once.
 *
 * The lease of the miss (ports/cache.h) decides who may share a read: a delete ends it, so a caller that asks after a
 * change has a different lease and never gets the older value. Without a lease, when the cache is down, everybody reads
 * alone. */
#pragma once
#include "ports/cache.h"

#define CACHE_FOLLOW_MS 1000 /* how long a read that hangs can delay the callers that wait for it */

typedef struct CacheFlight CacheFlight;

typedef struct CacheItem {
    Str key;   /* in; 1 to CACHE_KEY_MAX bytes */
    Str value; /* out, in ctx->arena; ptr NULL: does not exist */
    /* private to cache_fetch() */
    uint64_t lease;
    CacheFlight *flight; /* NULL: nobody shares the read */
} CacheItem;

/* Reads these items from the source and sets the value of those that exist, in ctx->arena. Missing ones are not cached:
 * strangers could ask for any number of keys. May be called twice for one fetch, with different items. */
typedef Err (*CacheLoadFn)(Ctx *ctx, void *arg, CacheItem *const *items, size_t n);

/* Sets the value of each item. Returns load()'s error, or ERR_TIMEOUT if ctx's deadline passes while another caller's
 * read is awaited. If that read fails, outlives its own deadline, or takes longer than CACHE_FOLLOW_MS, the item is
 * read again. Keys may repeat. */
ON_WORKER MUST_CHECK Err cache_fetch(Cache *cache, Ctx *ctx, CacheItem *items, size_t n, uint32_t ttl_ms,
                                     CacheLoadFn load, void *arg);
