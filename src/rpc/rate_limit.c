/* A bucket is stored as the time at which it will be full again ("theoretical arrival time"): a call is within its rate
 * if that time is at most one burst ahead of now. */
#include "rpc/rate_limit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "rpc/caller.h"
#include "runtime/clock.h"

#define SHARDS         16
#define KEY_MAX        (1 + CALLER_KEY_MAX) /* class and caller */
#define SWEEP_EVERY_US 1000000              /* a sweep walks a whole shard: not for each caller of a flood */

/* The contract's rate of each class: one token every interval_us, up to `burst` at once. */
static const struct {
    int64_t interval_us, burst;
} classes[] = {
#define CLASS(name, number, interval_us, burst) [number] = { interval_us, burst },
    RPC_RATES(CLASS)
#undef CLASS
};

typedef struct Bucket {
    int64_t full_at_us; /* monotonic */
    uint8_t key_len;
    char key[KEY_MAX];
} Bucket;

typedef struct Shard {
    pthread_mutex_t lock;
    /* lock */
    Map buckets;
    int64_t swept_at_us;
    Bucket overflow[ARRAY_LEN(classes)];
} Shard;

struct RateLimit {
    uint32_t buckets_per_shard;
    Shard shards[SHARDS];
};

RateLimit *rate_limit_new(uint32_t buckets_max)
{
    RateLimit *limit = calloc(1, sizeof *limit);
    if (!limit) abort();
    limit->buckets_per_shard = buckets_max / SHARDS;
    for (int i = 0; i < SHARDS; i++) pthread_mutex_init(&limit->shards[i].lock, NULL);
    return limit;
}

void rate_limit_free(RateLimit *limit)
{
    if (!limit) return;
    for (int i = 0; i < SHARDS; i++) {
        Shard *shard = &limit->shards[i];
        Bucket *bucket;
        size_t at = 0;
        while ((bucket = map_next(&shard->buckets, &at))) free(bucket);
        map_done(&shard->buckets);
        pthread_mutex_destroy(&shard->lock);
    }
    free(limit);
}

static Str bucket_key(const Ctx *ctx, RpcRate rate, char out_key[KEY_MAX])
{
    out_key[0] = (char)('0' + (int)rate);
    return (Str){ out_key, 1 + caller_key(ctx, out_key + 1).len };
}

/* With the lock held: drops full buckets, which are equivalent to new ones. */
static void forget_full(Shard *shard, int64_t now_us)
{
    if (now_us - shard->swept_at_us < SWEEP_EVERY_US) return;
    shard->swept_at_us = now_us;
    Map kept = { 0 };
    Bucket *bucket;
    size_t at = 0;
    while ((bucket = map_next(&shard->buckets, &at))) {
        if (bucket->full_at_us <= now_us)
            free(bucket);
        else
            map_put(&kept, (Str){ bucket->key, bucket->key_len }, bucket);
    }
    map_done(&shard->buckets);
    shard->buckets = kept;
}

/* With the lock held. */
static Bucket *bucket_get(Shard *shard, uint32_t max, Str key, RpcRate rate, int64_t now_us)
{
    Bucket *bucket = map_get(&shard->buckets, key);
    if (bucket) return bucket;
    if (shard->buckets.count >= max) forget_full(shard, now_us);
    if (shard->buckets.count >= max) return &shard->overflow[rate];

    bucket = calloc(1, sizeof *bucket);
    if (!bucket) abort();
    memcpy(bucket->key, key.ptr, key.len);
    bucket->key_len = (uint8_t)key.len;
    map_put(&shard->buckets, (Str){ bucket->key, bucket->key_len }, bucket);
    return bucket;
}

static uint32_t shard_of(Str key)
{
    uint32_t hash = 2166136261u; /* FNV-1a; only spreads load over locks */
    for (size_t i = 0; i < key.len; i++) hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
    return hash % SHARDS;
}

Err rate_limit_take(RateLimit *limit, Ctx *ctx, RpcRate rate, uint32_t tokens)
{
    char key_bytes[KEY_MAX];
    int64_t burst = classes[rate].burst, taken = tokens < burst ? tokens : burst;
    Str key = bucket_key(ctx, rate, key_bytes);
    Shard *shard = &limit->shards[shard_of(key)];
    int64_t now_us = clock_monotonic_ns() / 1000;
    int64_t interval = classes[rate].interval_us, horizon = interval * burst;

    pthread_mutex_lock(&shard->lock);
    Bucket *bucket = bucket_get(shard, limit->buckets_per_shard, key, rate, now_us);
    int64_t full_at = (bucket->full_at_us > now_us ? bucket->full_at_us : now_us) + interval * taken;
    int64_t wait_us = full_at - now_us - horizon;
    if (wait_us <= 0) bucket->full_at_us = full_at;
    pthread_mutex_unlock(&shard->lock);

    if (wait_us <= 0) return OK;
    ctx_fail(ctx, ERR_RATE_LIMITED, "too many requests");
    ctx->retry_after_ms = (uint32_t)(wait_us / 1000 + 1);
    return ERR_RATE_LIMITED;
}
