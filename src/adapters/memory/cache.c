/* Shards by key, each with a lock, a map and an LRU list. A lease is the shard's number of deletes at the time of the
 * miss; deletes store their number in a small table, so that a delete is remembered after its entry is gone. If two
 * keys share a slot in that table, a put may be dropped needlessly, which is always permitted. */
#include "adapters/memory/cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/metrics.h"
#include "runtime/clock.h"

#define SHARDS        16
#define DELETE_STAMPS 256
/* The overhead of an entry: the struct, its share of the map, the allocator's. */
#define ENTRY_OVERHEAD (sizeof(Entry) + 2 * sizeof(MapSlot))

typedef struct Entry {
    struct Entry *newer, *older;
    int64_t expires_ms; /* monotonic */
    size_t key_len, value_len;
    char bytes[]; /* key, value */
} Entry;

typedef struct Shard {
    pthread_mutex_t lock;
    /* lock */
    Map entries;
    Entry *newest, *oldest;
    size_t bytes;
    uint64_t deletes;
    uint64_t last_delete[DELETE_STAMPS];
} Shard;

typedef struct MemoryCache {
    Cache base;
    /* fixed after open */
    size_t shard_bytes_max;
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
    Shard shards[SHARDS];
} MemoryCache;

static Metric hits = METRIC_COUNTER_INIT("molva_cache_hits_total", "Lookups that the cache answered.");
static Metric misses = METRIC_COUNTER_INIT("molva_cache_misses_total", "Lookups that it did not.");
static Metric evictions = METRIC_COUNTER_INIT("molva_cache_evictions_total", "Entries dropped for room.");
static Metric bytes_used = METRIC_GAUGE_INIT("molva_cache_bytes", "Memory held by cached entries.");

static Str key_of(const Entry *entry)
{
    return (Str){ entry->bytes, entry->key_len };
}

static Str value_of(const Entry *entry)
{
    return (Str){ entry->bytes + entry->key_len, entry->value_len };
}

static size_t size_of(const Entry *entry)
{
    return ENTRY_OVERHEAD + entry->key_len + entry->value_len;
}

/* A keyed hash, so that attackers cannot aim keys at one shard. Returns the shard locked. */
static Shard *lock_shard(Cache *cache, Str key, uint64_t **out_last_delete)
{
    MemoryCache *self = CONTAINER_OF(cache, MemoryCache, base);
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key.ptr, key.len, self->hash_key);
    Shard *shard = &self->shards[hash % SHARDS];
    pthread_mutex_lock(&shard->lock);
    if (out_last_delete) *out_last_delete = &shard->last_delete[hash / SHARDS % DELETE_STAMPS];
    return shard;
}

static void list_remove(Shard *shard, Entry *entry)
{
    *(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
}

static void list_add(Shard *shard, Entry *entry)
{
    entry->newer = NULL;
    entry->older = shard->newest;
    *(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
    shard->newest = entry;
}

static void entry_drop(Shard *shard, Entry *entry)
{
    map_remove(&shard->entries, key_of(entry));
    list_remove(shard, entry);
    shard->bytes -= size_of(entry);
    metric_add(&bytes_used, -(int64_t)size_of(entry));
    free(entry);
}

/* NULL when absent or expired. */
static Entry *entry_find(Shard *shard, Str key)
{
    Entry *entry = map_get(&shard->entries, key);
    if (!entry || entry->expires_ms > clock_monotonic_ms()) return entry;
    entry_drop(shard, entry);
    return NULL;
}

static Err memory_get(Cache *cache, Ctx *ctx, Str key, Str *out_value, uint64_t *out_lease)
{
    Shard *shard = lock_shard(cache, key, NULL);
    Entry *entry = entry_find(shard, key);
    if (entry) {
        list_remove(shard, entry);
        list_add(shard, entry);
        *out_value = str_dup(ctx->arena, value_of(entry));
    } else {
        *out_lease = shard->deletes;
    }
    pthread_mutex_unlock(&shard->lock);

    metric_add(entry ? &hits : &misses, 1);
    return entry ? OK : ERR_NOT_FOUND;
}

static Entry *entry_new(Str key, Str value, uint32_t ttl_ms)
{
    Entry *entry = malloc(sizeof *entry + key.len + value.len);
    if (!entry) abort();
    *entry = (Entry){ .expires_ms = clock_monotonic_ms() + ttl_ms, .key_len = key.len, .value_len = value.len };
    memcpy(entry->bytes, key.ptr, key.len);
    if (value.len) memcpy(entry->bytes + key.len, value.ptr, value.len);
    return entry;
}

static void shard_add(Shard *shard, Entry *entry, size_t bytes_max)
{
    Entry *before = map_get(&shard->entries, key_of(entry));
    if (before) entry_drop(shard, before);
    while (shard->oldest && shard->bytes + size_of(entry) > bytes_max) {
        entry_drop(shard, shard->oldest);
        metric_add(&evictions, 1);
    }
    map_put(&shard->entries, key_of(entry), entry);
    list_add(shard, entry);
    shard->bytes += size_of(entry);
    metric_add(&bytes_used, (int64_t)size_of(entry));
}

static void memory_put(Cache *cache, Ctx *ctx, Str key, Str value, uint32_t ttl_ms, uint64_t lease)
{
    const MemoryCache *self = CONTAINER_OF(cache, MemoryCache, base);
    if (key.len == 0 || key.len > CACHE_KEY_MAX || value.len > CACHE_VALUE_MAX) return;
    Entry *entry = entry_new(key, value, ttl_ms);
    if (size_of(entry) > self->shard_bytes_max) {
        free(entry);
        return;
    }

    uint64_t *last_delete;
    Shard *shard = lock_shard(cache, key, &last_delete);
    bool is_fresh = lease >= *last_delete;
    if (is_fresh) shard_add(shard, entry, self->shard_bytes_max);
    pthread_mutex_unlock(&shard->lock);
    if (!is_fresh) free(entry);
}

static void memory_del(Cache *cache, Ctx *ctx, Str key)
{
    uint64_t *last_delete;
    Shard *shard = lock_shard(cache, key, &last_delete);
    *last_delete = ++shard->deletes;
    Entry *entry = map_get(&shard->entries, key);
    if (entry) entry_drop(shard, entry);
    pthread_mutex_unlock(&shard->lock);
}

static Err memory_check(Cache *cache, Ctx *ctx)
{
    return OK;
}

static void memory_free(Cache *cache)
{
    MemoryCache *self = CONTAINER_OF(cache, MemoryCache, base);
    for (int i = 0; i < SHARDS; i++) {
        Shard *shard = &self->shards[i];
        while (shard->oldest) entry_drop(shard, shard->oldest);
        map_done(&shard->entries);
        pthread_mutex_destroy(&shard->lock);
    }
    cache_done(&self->base);
    free(self);
}

static const CacheOps memory_ops = {
    .driver = "memory",
    .get = memory_get,
    .put = memory_put,
    .del = memory_del,
    .check = memory_check,
    .free = memory_free,
};

Cache *memory_cache_new(size_t bytes_max)
{
    Metric *metrics[] = { &hits, &misses, &evictions, &bytes_used };
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++) metric_register(metrics[i]);

    MemoryCache *self = calloc(1, sizeof *self);
    if (!self) abort();
    cache_init(&self->base, &memory_ops);
    self->shard_bytes_max = bytes_max / SHARDS;
    randombytes_buf(self->hash_key, sizeof self->hash_key);
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&self->shards[i].lock, NULL);
        self->shards[i].deletes = 1; /* a lease is never 0 */
    }
    return &self->base;
}
