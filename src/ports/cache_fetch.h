/* Reading through a cache: what it has, and what it misses from where the truth is. Callers of one process that miss the same
 * thing at the same time read it once (single flight): when a thousand clients come back at the same moment, the database
 * answers one of them.
 *
 * Who may share a read is told by the lease of the miss (ports/cache.h): a delete ends it, so whoever asks after a change has
 * another lease and never gets what was read before. Without a lease, when the cache is away, everybody reads alone. */
#pragma once
#include "ports/cache.h"

#define CACHE_FOLLOW_MS 1000 /* a read that hangs holds those who wait for it no longer */

typedef struct CacheFlight CacheFlight;

typedef struct CacheItem {
    Str key;   /* in; 1 to CACHE_KEY_MAX bytes */
    Str value; /* out, in ctx->arena; ptr NULL: there is none */
    /* cache_fetch()'s */
    uint64_t lease;
    CacheFlight *flight;
    int part;
} CacheItem;

/* Reads these items from where the truth is, and sets the value of those that exist, in ctx->arena. Those that do not are not
 * cached: strangers could ask for any number of keys. May be called twice for one fetch, each time with other items. */
typedef Err (*CacheLoadFn)(Ctx *ctx, void *arg, CacheItem *const *items, size_t n);

/* Sets the value of each item. What load() fails with; ERR_TIMEOUT when ctx's deadline passes while another's read is waited
 * for. If that read fails, ends behind its own deadline, or takes longer than CACHE_FOLLOW_MS, the item is read anew. Keys may
 * repeat. */
ON_WORKER MUST_CHECK Err cache_fetch(Cache *cache, Ctx *ctx, CacheItem *items, size_t n, uint32_t ttl_ms,
                                     CacheLoadFn load, void *arg);
