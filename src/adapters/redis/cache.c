/* A key holds either a lease, "L" and a token, or a value, "V", the token it was put under, and its bytes. A miss
 * leaves a lease, or shares the existing one; a put succeeds only where its token still stands; a delete removes
 * either. So anything that empties a key (a delete, FLUSHALL, eviction, a restart) also ends the right to put an
 * earlier read. */
#include <sodium.h>
#include <stdlib.h>

#include "adapters/redis/pool.h"
#include "base/metrics.h"
#include "runtime/thread.h"

#define LEASE_MS  "10000"
#define TTL_MAX   60000 /* ms; bounds the staleness after a lost delete */
#define TOKEN_LEN sizeof(uint64_t)
#define HEAD_LEN  (1 + TOKEN_LEN)

typedef struct RedisCache {
    Cache base;
    Redis *redis;
} RedisCache;

static Metric hits = METRIC_COUNTER_INIT("molva_cache_hits_total", "Lookups that the cache answered.");
static Metric misses = METRIC_COUNTER_INIT("molva_cache_misses_total", "Lookups that it did not.");

static const char lease_script[] = "local found = redis.call('GET', KEYS[1]) "
                                   "if found then return found end "
                                   "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "
                                   "return ARGV[1]";
static const char put_script[] = "if redis.call('GETRANGE', KEYS[1], 1, 8) ~= ARGV[1] then return 0 end "
                                 "redis.call('SET', KEYS[1], 'V' .. ARGV[1] .. ARGV[2], 'PX', ARGV[3]) "
                                 "return 1";

static RedisCache *self_of(Cache *cache)
{
    return CONTAINER_OF(cache, RedisCache, base);
}

/* Decodes a key: OK and the value, or ERR_NOT_FOUND and the lease (0 for a foreign value). */
static Err read_entry(Ctx *ctx, const redisReply *reply, Str *out_value, uint64_t *out_lease)
{
    *out_lease = 0;
    if (reply->type != REDIS_REPLY_STRING || reply->len < HEAD_LEN) return ERR_NOT_FOUND;
    if (reply->str[0] == 'V') {
        *out_value = str_dup(ctx->arena, (Str){ reply->str + HEAD_LEN, reply->len - HEAD_LEN });
        return OK;
    }
    if (reply->str[0] == 'L') memcpy(out_lease, reply->str + 1, TOKEN_LEN);
    return ERR_NOT_FOUND;
}

/* NULL: the connection is broken. */
static redisReply *find_or_lease(RedisConn *conn, Str key)
{
    char lease[HEAD_LEN] = "L";
    redisReply *reply = redis_call(conn, REDIS_ARGS(STR("GET"), key));
    if (!reply || reply->type != REDIS_REPLY_NIL) return reply;
    freeReplyObject(reply);
    randombytes_buf(lease + 1, TOKEN_LEN);
    return redis_call(
        conn, REDIS_ARGS(STR("EVAL"), str_of(lease_script), STR("1"), key, ((Str){ lease, HEAD_LEN }), STR(LEASE_MS)));
}

static Err redis_get(Cache *cache, Ctx *ctx, Str key, Str *out_value, uint64_t *out_lease)
{
    thread_role_assert(THREAD_WORKER);
    Redis *redis = self_of(cache)->redis;
    Err err = ERR_NOT_FOUND;
    *out_lease = 0;
    RedisConn *conn = redis_take(redis, ctx);
    if (conn) {
        _cleanup_(redis_reply_freep) redisReply *reply = find_or_lease(conn, redis_key(ctx->arena, conn, key));
        if (reply) err = read_entry(ctx, reply, out_value, out_lease);
        redis_give_back(redis, conn, !reply);
    } else {
        ctx_clear(ctx);
    }
    metric_add(err ? &misses : &hits, 1);
    return err;
}

static void redis_put(Cache *cache, Ctx *ctx, Str key, Str value, uint32_t ttl_ms, uint64_t lease)
{
    thread_role_assert(THREAD_WORKER);
    Redis *redis = self_of(cache)->redis;
    if (lease == 0 || key.len == 0 || key.len > CACHE_KEY_MAX || value.len > CACHE_VALUE_MAX) return;
    RedisConn *conn = redis_take(redis, ctx);
    if (!conn) {
        ctx_clear(ctx);
        return;
    }
    Str token = { (const char *)&lease, TOKEN_LEN };
    Str ttl = str_fmt(ctx->arena, "%u", ttl_ms < TTL_MAX ? ttl_ms : TTL_MAX);
    _cleanup_(redis_reply_freep) redisReply *reply =
        redis_call(conn, REDIS_ARGS(STR("EVAL"), str_of(put_script), STR("1"), redis_key(ctx->arena, conn, key), token,
                                    value, ttl));
    redis_give_back(redis, conn, !reply);
}

static void redis_del(Cache *cache, Ctx *ctx, Str key)
{
    thread_role_assert(THREAD_WORKER);
    Redis *redis = self_of(cache)->redis;
    bool is_made = false;
    RedisConn *conn = redis_take(redis, ctx);
    if (conn) {
        _cleanup_(redis_reply_freep) redisReply *reply =
            redis_call(conn, REDIS_ARGS(STR("DEL"), redis_key(ctx->arena, conn, key)));
        is_made = reply && reply->type == REDIS_REPLY_INTEGER;
        redis_give_back(redis, conn, !reply);
    } else {
        ctx_clear(ctx);
    }
    if (!is_made) redis_delete_later(redis, key);
}

static Err redis_cache_check(Cache *cache, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return redis_check(self_of(cache)->redis, ctx);
}

static void redis_cache_free(Cache *cache)
{
    cache_done(cache);
    free(self_of(cache));
}

Cache *redis_cache_new(Redis *redis)
{
    static const CacheOps ops = { .driver = "redis",
                                  .get = redis_get,
                                  .put = redis_put,
                                  .del = redis_del,
                                  .check = redis_cache_check,
                                  .free = redis_cache_free };
    RedisCache *self = calloc(1, sizeof *self);
    if (!self) abort();
    metric_register(&hits);
    metric_register(&misses);
    cache_init(&self->base, &ops);
    self->redis = redis;
    return &self->base;
}
