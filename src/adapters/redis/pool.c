#include "adapters/redis/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/redis/deletes.h"
#include "base/log.h"
#include "base/metrics.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"

#define CONNECTIONS_MAX_DEFAULT 16
#define QUIET_MS_DEFAULT        2000
#define RETRY_BASE_MS           20
#define RETRY_MAX_MS            1000

struct Redis {
    /* fixed after open */
    RedisConfig config;
    RedisAddress address;
    pthread_t keeper;
    pthread_mutex_t lock;
    pthread_cond_t freed;  /* a connection */
    pthread_cond_t opened; /* the breaker, or stopping */
    /* lock */
    RedisConn **idle;
    size_t n_idle, n_made;
    uint64_t generation; /* incremented when the breaker opens: earlier connections are not reused */
    bool is_open;
    bool stopping;
    char why[160];
    Deletes deletes;
};

static Metric breaker_opened =
    METRIC_COUNTER_INIT("molva_redis_lost_total", "How often Redis stopped answering and was left alone.");
static Metric is_up = METRIC_GAUGE_INIT("molva_redis_up", "1 while Redis answers.");

const RedisAddress *redis_address(const Redis *redis)
{
    return &redis->address;
}

const RedisConfig *redis_config(const Redis *redis)
{
    return &redis->config;
}

static void conn_free(RedisConn *conn)
{
    redis_disconnect(conn);
    free(conn);
}

/* With the lock held. */
static void open_breaker(Redis *redis, const char *why)
{
    if (redis->is_open) return;
    redis->is_open = true;
    redis->generation++;
    snprintf(redis->why, sizeof redis->why, "%s", why);
    while (redis->n_idle > 0) {
        conn_free(redis->idle[--redis->n_idle]);
        redis->n_made--;
    }
    metric_add(&breaker_opened, 1);
    metric_set(&is_up, 0);
    pthread_cond_broadcast(&redis->freed);
    pthread_cond_signal(&redis->opened);
    log_warn(NULL, "redis.lost", log_cstr("host", redis->address.host), log_int("port", redis->address.port),
             log_cstr("text", why));
}

/* With the lock held: an idle connection, a slot for a new one (then *out_room), or NULL after the wait. The holders of
 * connections detect a hanging Redis within the same time, so nobody waits longer than for a command. */
static RedisConn *wait_for_one(Redis *redis, bool *out_room)
{
    int64_t until_ms = clock_monotonic_ms() + redis->address.timeout_ms;
    *out_room = false;
    while (!redis->is_open) {
        if (redis->n_idle > 0) return redis->idle[--redis->n_idle];
        if (redis->n_made < redis->config.connections_max) {
            redis->n_made++;
            *out_room = true;
            return NULL;
        }
        if (!cond_wait_until(&redis->freed, &redis->lock, until_ms)) return NULL;
    }
    return NULL;
}

/* Opens a connection in the reserved slot. */
static RedisConn *make_conn(Redis *redis, Ctx *ctx, uint64_t generation)
{
    RedisConn *conn = calloc(1, sizeof *conn);
    if (!conn) abort();
    Err err = redis_connect(ctx, &redis->address, conn);
    conn->generation = generation;
    if (!err) return conn;
    free(conn);
    pthread_mutex_lock(&redis->lock);
    redis->n_made--;
    if (generation == redis->generation) open_breaker(redis, ctx->err_text);
    pthread_cond_signal(&redis->freed);
    pthread_mutex_unlock(&redis->lock);
    return NULL;
}

RedisConn *redis_take(Redis *redis, Ctx *ctx)
{
    bool has_room;
    pthread_mutex_lock(&redis->lock);
    RedisConn *conn = wait_for_one(redis, &has_room);
    uint64_t generation = redis->generation;
    if (!conn && !has_room)
        (void)!ctx_fail(ctx, ERR_UNAVAILABLE, "%s", redis->is_open ? redis->why : "redis: all connections are busy");
    pthread_mutex_unlock(&redis->lock);
    return conn || !has_room ? conn : make_conn(redis, ctx, generation);
}

void redis_give_back(Redis *redis, RedisConn *conn, bool is_broken)
{
    char why[160];
    snprintf(why, sizeof why, "redis at %s:%u: %s", redis->address.host, redis->address.port, conn->hiredis->errstr);
    pthread_mutex_lock(&redis->lock);
    bool is_current = conn->generation == redis->generation;
    if (is_broken && is_current) open_breaker(redis, why);
    bool is_kept = !is_broken && is_current && !redis->is_open;
    if (is_kept)
        redis->idle[redis->n_idle++] = conn;
    else
        redis->n_made--;
    pthread_cond_signal(&redis->freed);
    pthread_mutex_unlock(&redis->lock);
    if (!is_kept) conn_free(conn);
}

void redis_delete_later(Redis *redis, Str key)
{
    pthread_mutex_lock(&redis->lock);
    deletes_add(&redis->deletes, key);
    open_breaker(redis, "redis: a delete could not be made");
    pthread_mutex_unlock(&redis->lock);
}

Err redis_check(Redis *redis, Ctx *ctx)
{
    pthread_mutex_lock(&redis->lock);
    Err err = redis->is_open ? ctx_fail(ctx, ERR_UNAVAILABLE, "%s", redis->why) : OK;
    pthread_mutex_unlock(&redis->lock);
    return err;
}

/* --- the keeper --- */

/* Executes postponed deletes, including those that arrive meanwhile, then closes the breaker. */
static Err make_deletes_and_close(Redis *redis, Ctx *ctx, RedisConn *conn)
{
    for (;;) {
        pthread_mutex_lock(&redis->lock);
        Deletes due = deletes_take(&redis->deletes);
        if (deletes_is_empty(&due)) break;
        pthread_mutex_unlock(&redis->lock);
        Err err = deletes_make(&due, ctx, conn);
        deletes_done(&due);
        if (!err) continue;
        pthread_mutex_lock(&redis->lock);
        deletes_add_all(&redis->deletes); /* which of them were made is not known */
        pthread_mutex_unlock(&redis->lock);
        return err;
    }
    redis->is_open = false;
    conn->generation = redis->generation;
    redis->idle[redis->n_idle++] = conn;
    redis->n_made++;
    metric_set(&is_up, 1);
    pthread_mutex_unlock(&redis->lock);
    return OK;
}

static Err come_back(Redis *redis, Ctx *ctx)
{
    RedisConn *conn = calloc(1, sizeof *conn);
    if (!conn) abort();
    Err err = redis_connect(ctx, &redis->address, conn);
    if (!err) err = make_deletes_and_close(redis, ctx, conn);
    if (err) conn_free(conn);
    return err;
}

/* False if the pool is closing. */
static bool wait_until_open(Redis *redis)
{
    pthread_mutex_lock(&redis->lock);
    while (!redis->is_open && !redis->stopping) pthread_cond_wait(&redis->opened, &redis->lock);
    bool go_on = !redis->stopping;
    pthread_mutex_unlock(&redis->lock);
    return go_on;
}

static void wait_to_retry(Redis *redis, Backoff *backoff, const Ctx *ctx)
{
    int64_t until_ms = clock_monotonic_ms() + backoff_next_ms(backoff);
    pthread_mutex_lock(&redis->lock);
    snprintf(redis->why, sizeof redis->why, "%s", ctx->err_text);
    while (!redis->stopping)
        if (!cond_wait_until(&redis->opened, &redis->lock, until_ms)) break;
    pthread_mutex_unlock(&redis->lock);
}

static void keeper_main(void *arg)
{
    Redis *redis = arg;
    Backoff backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    while (wait_until_open(redis)) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new("redis.keeper", clock_now_ms());
        if (come_back(redis, ctx)) {
            wait_to_retry(redis, &backoff, ctx);
        } else {
            backoff_reset(&backoff);
            log_info(ctx, "redis.back", log_cstr("host", redis->address.host), log_int("port", redis->address.port));
        }
    }
}

static RedisConfig with_defaults(const RedisConfig *config)
{
    RedisConfig made = *config;
    made.url = made.password = made.prefix = (Str){ 0 }; /* not ours to keep */
    if (!made.connections_max) made.connections_max = CONNECTIONS_MAX_DEFAULT;
    if (!made.subscriber_quiet_ms) made.subscriber_quiet_ms = QUIET_MS_DEFAULT;
    return made;
}

Err redis_open(Ctx *ctx, const RedisConfig *config, Redis **out_redis)
{
    RedisAddress address;
    RedisConn first = { 0 };
    Err err = redis_address_parse(ctx, config, &address);
    if (err) return err;
    err = redis_connect(ctx, &address, &first);
    redis_disconnect(&first);
    if (err && err != ERR_UNAVAILABLE) {
        redis_address_done(&address);
        return err;
    }

    Redis *redis = calloc(1, sizeof *redis);
    if (!redis) abort();
    redis->config = with_defaults(config);
    redis->address = address;
    redis->idle = calloc(redis->config.connections_max + 1, sizeof(RedisConn *)); /* one is the keeper's */
    if (!redis->idle) abort();
    pthread_mutex_init(&redis->lock, NULL);
    cond_init(&redis->freed);
    cond_init(&redis->opened);
    deletes_init(&redis->deletes, config->deletes_kept_max);
    metric_register(&breaker_opened);
    metric_register(&is_up);
    metric_set(&is_up, 1);
    if (err) {
        open_breaker(redis, ctx->err_text);
        ctx_clear(ctx);
    }
    redis->keeper = thread_start("redis-keeper", THREAD_WORKER, keeper_main, redis);
    *out_redis = redis;
    return OK;
}

void redis_close(Redis *redis)
{
    if (!redis) return;
    pthread_mutex_lock(&redis->lock);
    redis->stopping = true;
    pthread_cond_signal(&redis->opened);
    pthread_mutex_unlock(&redis->lock);
    pthread_join(redis->keeper, NULL);
    while (redis->n_idle > 0) conn_free(redis->idle[--redis->n_idle]);
    deletes_done(&redis->deletes);
    redis_address_done(&redis->address);
    pthread_cond_destroy(&redis->freed);
    pthread_cond_destroy(&redis->opened);
    pthread_mutex_destroy(&redis->lock);
    free(redis->idle);
    free(redis);
}
