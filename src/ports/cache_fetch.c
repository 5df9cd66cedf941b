/* A flight is one read that others may wait for. It stays in the table until it lands; the last holder frees it. A
 * caller lands all its own flights before it waits for another's, so callers cannot deadlock. */
#include "ports/cache_fetch.h"

#include <stdlib.h>

#include "base/metrics.h"
#include "runtime/clock.h"
#include "runtime/cond.h"

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

/* Begins a flight for the item, or joins the one in the air. Leaves item->flight NULL if what is read cannot be shared.
 * True if another caller is reading the item. */
static bool join_flight(CacheFlights *flights, CacheItem *item)
{
    char bytes[NAME_MAX_LEN];
    if (item->lease == 0 || item->key.len > CACHE_KEY_MAX) return false;
    Str name = name_of(item, bytes);
    pthread_mutex_lock(&flights->lock);
    item->flight = map_get(&flights->by_name, name);
    bool joined = item->flight != NULL;
    if (joined)
        item->flight->refs++;
    else
        item->flight = flight_begin(flights, name);
    pthread_mutex_unlock(&flights->lock);
    return joined;
}

static void land(CacheFlights *flights, const CacheItem *item, bool failed)
{
    CacheFlight *flight = item->flight;
    char *copy = NULL;
    if (!failed && item->value.ptr) {
        copy = malloc(item->value.len + 1);
        if (!copy) abort();
        memcpy(copy, item->value.ptr, item->value.len);
    }
    pthread_mutex_lock(&flights->lock);
    flight->value = copy;
    flight->value_len = item->value.len;
    flight->failed = failed;
    flight->landed = true;
    map_remove(&flights->by_name, (Str){ flight->name, flight->name_len });
    pthread_cond_broadcast(&flight->landed_cond);
    flight_unref(flight);
    pthread_mutex_unlock(&flights->lock);
}

/* Reads the items in one go and lands their flights, whatever the outcome. */
ON_WORKER static Err read_items(Cache *cache, Ctx *ctx, CacheItem **items, size_t n, uint32_t ttl_ms, CacheLoadFn load,
                                void *arg)
{
    if (n == 0) return OK;
    Err err = load(ctx, arg, items, n);
    for (size_t i = 0; i < n; i++) {
        const CacheItem *item = items[i];
        if (!err && item->value.ptr) cache_put(cache, ctx, item->key, item->value, ttl_ms, item->lease);
        if (item->flight) land(&cache->flights, item, err != OK);
    }
    return err;
}

/* Waits for another caller's read and takes its value; *out_read says whether there is a result to take. If `err` has
 * already failed the fetch, does not wait. */
static Err follow(Cache *cache, Ctx *ctx, CacheItem *item, Err err, int64_t until_ms, bool *out_read)
{
    CacheFlight *flight = item->flight;
    bool in_time = !err;
    metric_add(&waiting, 1);
    pthread_mutex_lock(&cache->flights.lock);
    while (!flight->landed && in_time) in_time = cond_wait_until(&flight->landed_cond, &cache->flights.lock, until_ms);
    if (flight->landed && flight->value) item->value = str_dup(ctx->arena, (Str){ flight->value, flight->value_len });
    *out_read = flight->landed && !flight->failed;
    bool too_late = !flight->landed && until_ms == ctx->deadline_ms;
    item->flight = NULL;
    flight_unref(flight);
    pthread_mutex_unlock(&cache->flights.lock);
    metric_add(&waiting, -1);
    if (err) return err;
    if (too_late) return ctx_fail(ctx, ERR_TIMEOUT, "the deadline passed while another's read was waited for");
    metric_add(&shared, *out_read);
    return OK;
}

static int64_t follow_until(const Cache *cache, const Ctx *ctx)
{
    int64_t until_ms = clock_monotonic_ms() + cache->flights.follow_ms;
    return ctx->deadline_ms && ctx->deadline_ms < until_ms ? ctx->deadline_ms : until_ms;
}

Err cache_fetch(Cache *cache, Ctx *ctx, CacheItem *items, size_t n, uint32_t ttl_ms, CacheLoadFn load, void *arg)
{
    CacheItem **own = arena_new_array(ctx->arena, CacheItem *, n);
    CacheItem **followed = arena_new_array(ctx->arena, CacheItem *, n);
    size_t n_own = 0, n_followed = 0;
    for (size_t i = 0; i < n; i++) {
        CacheItem *item = &items[i];
        item->value = (Str){ 0 };
        item->lease = 0;
        item->flight = NULL;
        if (cache_get(cache, ctx, item->key, &item->value, &item->lease) == OK) continue;
        ctx_clear(ctx);
        if (join_flight(&cache->flights, item))
            followed[n_followed++] = item;
        else
            own[n_own++] = item;
    }

    Err err = read_items(cache, ctx, own, n_own, ttl_ms, load, arg);

    /* What the others failed to read, or did not read in time, this caller reads for itself. */
    int64_t until_ms = follow_until(cache, ctx);
    n_own = 0;
    for (size_t i = 0; i < n_followed; i++) {
        bool read;
        err = follow(cache, ctx, followed[i], err, until_ms, &read);
        if (!read) own[n_own++] = followed[i];
    }
    return err ? err : read_items(cache, ctx, own, n_own, ttl_ms, load, arg);
}
