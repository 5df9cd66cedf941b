/* A flight is one read that others may wait for. It stays in the table until it lands; the last holder frees it. A
 * caller lands all its own flights before it waits for another's, so callers cannot deadlock. */
#include "ports/cache_fetch.h"

#include <stdlib.h>

#include "base/metrics.h"
#include "runtime/clock.h"
#include "runtime/cond.h"

enum {
    PART_HIT,    /* the cache had it */
    PART_LEAD,   /* this caller reads it, and others may wait for it */
    PART_FOLLOW, /* another caller is reading it */
    PART_ALONE,  /* this caller reads it for itself */
};

struct CacheFlight {
    pthread_cond_t landed_cond;
    /* CacheFlights.lock */
    unsigned refs;
    bool landed, failed;
    char *value; /* NULL: there is none */
    size_t value_len;
    size_t name_len;
    char name[]; /* lease, key */
};

#define NAME_MAX_LEN (sizeof(uint64_t) + CACHE_KEY_MAX)

static Metric waiting = METRIC_GAUGE_INIT("molva_cache_waiting", "Callers that wait for another caller's read.");
static Metric shared =
    METRIC_COUNTER_INIT("molva_cache_shared_total", "Misses that were answered by another caller's read.");

void cache_init(Cache *cache, const CacheOps *ops)
{
    *cache = (Cache){ .ops = ops };
    metric_register(&waiting);
    metric_register(&shared);
    pthread_mutex_init(&cache->flights.lock, NULL);
    cache->flights.follow_ms = CACHE_FOLLOW_MS;
}

void cache_done(Cache *cache)
{
    map_done(&cache->flights.by_name);
    pthread_mutex_destroy(&cache->flights.lock);
}

static Str name_of(const CacheItem *item, char out[NAME_MAX_LEN])
{
    memcpy(out, &item->lease, sizeof item->lease);
    memcpy(out + sizeof item->lease, item->key.ptr, item->key.len);
    return (Str){ out, sizeof item->lease + item->key.len };
}

/* With the lock held. */
static CacheFlight *flight_begin(CacheFlights *flights, Str name)
{
    CacheFlight *flight = calloc(1, sizeof *flight + name.len);
    if (!flight) abort();
    cond_init(&flight->landed_cond);
    flight->refs = 1;
    flight->name_len = name.len;
    memcpy(flight->name, name.ptr, name.len);
    map_put(&flights->by_name, (Str){ flight->name, name.len }, flight);
    return flight;
}

/* With the lock held. */
static void flight_unref(CacheFlight *flight)
{
    if (--flight->refs > 0) return;
    pthread_cond_destroy(&flight->landed_cond);
    free(flight->value);
    free(flight);
}

/* Decides who reads the item. */
static void take_part(Cache *cache, CacheItem *item)
{
    char bytes[NAME_MAX_LEN];
    item->part = PART_ALONE;
    if (item->lease == 0 || item->key.len > CACHE_KEY_MAX) return;
    Str name = name_of(item, bytes);
    pthread_mutex_lock(&cache->flights.lock);
    item->flight = map_get(&cache->flights.by_name, name);
    item->part = item->flight ? PART_FOLLOW : PART_LEAD;
    if (item->flight)
        item->flight->refs++;
    else
        item->flight = flight_begin(&cache->flights, name);
    pthread_mutex_unlock(&cache->flights.lock);
}

static void land(Cache *cache, const CacheItem *item, bool failed)
{
    CacheFlight *flight = item->flight;
    char *copy = NULL;
    if (!failed && item->value.ptr) {
        copy = malloc(item->value.len + 1);
        if (!copy) abort();
        memcpy(copy, item->value.ptr, item->value.len);
    }
    pthread_mutex_lock(&cache->flights.lock);
    flight->value = copy;
    flight->value_len = item->value.len;
    flight->failed = failed;
    flight->landed = true;
    map_remove(&cache->flights.by_name, (Str){ flight->name, flight->name_len });
    pthread_cond_broadcast(&flight->landed_cond);
    flight_unref(flight);
    pthread_mutex_unlock(&cache->flights.lock);
}

/* Reads this caller's items and releases the callers that wait for them, whatever the outcome. */
ON_WORKER static Err load_own(Cache *cache, Ctx *ctx, CacheItem *items, size_t n, uint32_t ttl_ms, CacheLoadFn load,
                              void *arg)
{
    CacheItem **own = arena_new_array(ctx->arena, CacheItem *, n);
    size_t n_own = 0;
    for (size_t i = 0; i < n; i++)
        if (items[i].part == PART_LEAD || items[i].part == PART_ALONE) own[n_own++] = &items[i];
    if (n_own == 0) return OK;

    Err err = load(ctx, arg, own, n_own);
    for (size_t i = 0; i < n_own; i++) {
        const CacheItem *item = own[i];
        if (!err && item->value.ptr) cache_put(cache, ctx, item->key, item->value, ttl_ms, item->lease);
        if (item->part == PART_LEAD) land(cache, item, err != OK);
    }
    return err;
}

/* Takes another caller's result; if that read failed or is not done by until_ms, the item has to be read again. If
 * `err` has already failed the fetch, only releases the flight. */
static Err follow(Cache *cache, Ctx *ctx, CacheItem *item, Err err, int64_t until_ms)
{
    CacheFlight *flight = item->flight;
    bool in_time = !err;
    metric_add(&waiting, 1);
    pthread_mutex_lock(&cache->flights.lock);
    while (!flight->landed && in_time) in_time = cond_wait_until(&flight->landed_cond, &cache->flights.lock, until_ms);
    if (flight->landed && flight->value) item->value = str_dup(ctx->arena, (Str){ flight->value, flight->value_len });
    item->part = flight->landed && !flight->failed ? PART_HIT : PART_ALONE;
    bool too_late = !flight->landed && until_ms == ctx->deadline_ms;
    flight_unref(flight);
    pthread_mutex_unlock(&cache->flights.lock);
    metric_add(&waiting, -1);
    if (err) return err;
    if (too_late) return ctx_fail(ctx, ERR_TIMEOUT, "the deadline passed while another's read was waited for");
    metric_add(&shared, item->part == PART_HIT);
    return OK;
}

static int64_t follow_until(const Cache *cache, const Ctx *ctx)
{
    int64_t until_ms = clock_monotonic_ms() + cache->flights.follow_ms;
    return ctx->deadline_ms && ctx->deadline_ms < until_ms ? ctx->deadline_ms : until_ms;
}

Err cache_fetch(Cache *cache, Ctx *ctx, CacheItem *items, size_t n, uint32_t ttl_ms, CacheLoadFn load, void *arg)
{
    for (size_t i = 0; i < n; i++) {
        CacheItem *item = &items[i];
        item->value = (Str){ 0 };
        item->lease = 0;
        item->part = PART_HIT;
        if (cache_get(cache, ctx, item->key, &item->value, &item->lease) == OK) continue;
        ctx_clear(ctx);
        take_part(cache, item);
    }

    Err err = load_own(cache, ctx, items, n, ttl_ms, load, arg);
    int64_t until_ms = follow_until(cache, ctx);
    for (size_t i = 0; i < n; i++) {
        CacheItem *item = &items[i];
        if (item->part == PART_LEAD || item->part == PART_ALONE)
            item->part = PART_HIT;
        else if (item->part == PART_FOLLOW)
            err = follow(cache, ctx, item, err, until_ms);
    }
    return err ? err : load_own(cache, ctx, items, n, ttl_ms, load, arg);
}
