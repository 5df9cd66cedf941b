/* Publishing uses the shared connections. Receiving has its own connection and thread, and only that thread calls the
 * receivers, so that one publisher's messages arrive in order; own messages take the same path. The thread sends a PING
 * after a period of silence. */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/redis/pool.h"
#include "adapters/redis/topics.h"
#include "base/log.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"
#include "runtime/wakeup.h"

#define PUBLISH_MAX   64 /* messages in one round trip */
#define ATTACHED_MAX  8
#define RETRY_BASE_MS 20
#define RETRY_MAX_MS  1000
#define RESTORED      "restored" /* the payload of a PING after the subscriptions of a new connection */

typedef struct Attached {
    PubsubFn fn;
    PubsubLostFn on_lost;
    void *arg;
} Attached;

typedef struct RedisPubsub {
    Pubsub base;
    /* fixed after open */
    Redis *redis;
    Str prefix; /* of channels */
    char prefix_text[48];
    Wakeup wakeup;
    pthread_t thread;
    Attached attached[ATTACHED_MAX]; /* written before n_attached counts them */
    /* owned by the thread */
    RedisConn conn;
    int64_t heard_ms, asked_ms; /* the last byte; the last PING */
    uint64_t asked_ticket;
    bool is_restoring; /* not all subscriptions are in effect: messages are dropped, and on_lost reports it */
    /* atomic */
    atomic_int n_attached;
    pthread_mutex_t lock;
    pthread_cond_t held;
    /* lock */
    Topics topics;
    uint64_t ticket, held_ticket; /* of pubsub_settle() */
    bool is_up;
} RedisPubsub;

static RedisPubsub *self_of(Pubsub *pubsub)
{
    return CONTAINER_OF(pubsub, RedisPubsub, base);
}

/* --- callers --- */

static bool add_publish(const RedisPubsub *self, Ctx *ctx, RedisConn *conn, const PubsubMessage *message)
{
    assert(message->topic.len > 0 && message->topic.len <= PUBSUB_TOPIC_MAX);
    Str channel = str_fmt(ctx->arena, "%s%.*s", self->prefix_text, STR_ARG(message->topic));
    return redis_add(conn, REDIS_ARGS(STR("PUBLISH"), channel, message->payload));
}

static Err read_published(Ctx *ctx, RedisConn *conn, bool *out_broken)
{
    _cleanup_(redis_reply_freep) redisReply *reply = redis_next(conn);
    *out_broken = !reply;
    if (!reply) return ctx_fail(ctx, ERR_UNAVAILABLE, "redis: publish: %s", conn->hiredis->errstr);
    if (reply->type == REDIS_REPLY_INTEGER) return OK;
    return ctx_fail(ctx, ERR_UNAVAILABLE, "redis: publish: %s", reply->str ? reply->str : "an answer of another kind");
}

/* All in one round trip. */
static Err publish_some(const RedisPubsub *self, Ctx *ctx, RedisConn *conn, const PubsubMessage *messages, size_t n,
                        size_t *out_done, bool *out_broken)
{
    Err err = OK;
    *out_done = 0;
    *out_broken = false;
    for (size_t i = 0; i < n && !*out_broken; i++) *out_broken = !add_publish(self, ctx, conn, &messages[i]);
    if (*out_broken) return ctx_fail(ctx, ERR_UNAVAILABLE, "redis: publish: %s", conn->hiredis->errstr);
    for (size_t i = 0; i < n && !*out_broken; i++) {
        Err one = read_published(ctx, conn, out_broken);
        if (!err) err = one;
        if (!err) (*out_done)++;
    }
    return err;
}

static Err redis_publish(Pubsub *pubsub, Ctx *ctx, const PubsubMessage *messages, size_t n, size_t *out_done)
{
    thread_role_assert(THREAD_WORKER);
    const RedisPubsub *self = self_of(pubsub);
    Err err = OK;
    bool is_broken = false;
    *out_done = 0;
    RedisConn *conn = redis_take(self->redis, ctx);
    if (!conn) return ERR_UNAVAILABLE;
    while (!err && *out_done < n) {
        size_t left = n - *out_done, done;
        err = publish_some(self, ctx, conn, &messages[*out_done], left < PUBLISH_MAX ? left : PUBLISH_MAX, &done,
                           &is_broken);
        *out_done += done;
    }
    redis_give_back(self->redis, conn, is_broken);
    return err;
}

static void redis_attach(Pubsub *pubsub, PubsubFn fn, PubsubLostFn on_lost, void *arg)
{
    RedisPubsub *self = self_of(pubsub);
    int at = atomic_load_explicit(&self->n_attached, memory_order_relaxed);
    assert(at < ATTACHED_MAX);
    self->attached[at] = (Attached){ fn, on_lost, arg };
    atomic_store_explicit(&self->n_attached, at + 1, memory_order_release);
}

static void count(Pubsub *pubsub, Str topic, int by)
{
    RedisPubsub *self = self_of(pubsub);
    assert(topic.len > 0 && topic.len <= PUBSUB_TOPIC_MAX);
    pthread_mutex_lock(&self->lock);
    if (topics_count(&self->topics, topic, by)) wakeup_wake(&self->wakeup);
    pthread_mutex_unlock(&self->lock);
}

static void redis_subscribe(Pubsub *pubsub, Str topic)
{
    count(pubsub, topic, 1);
}

static void redis_unsubscribe(Pubsub *pubsub, Str topic)
{
    count(pubsub, topic, -1);
}

static Err redis_settle(Pubsub *pubsub, Ctx *ctx)
{
    RedisPubsub *self = self_of(pubsub);
    pthread_mutex_lock(&self->lock);
    uint64_t ticket = ++self->ticket;
    wakeup_wake(&self->wakeup);
    while (self->is_up && self->held_ticket < ticket) pthread_cond_wait(&self->held, &self->lock);
    bool is_held = self->held_ticket >= ticket;
    pthread_mutex_unlock(&self->lock);
    return is_held ? OK : ctx_fail(ctx, ERR_UNAVAILABLE, "redis: the subscriber is not connected");
}

static Err redis_pubsub_check(Pubsub *pubsub, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    RedisPubsub *self = self_of(pubsub);
    pthread_mutex_lock(&self->lock);
    bool is_up = self->is_up;
    pthread_mutex_unlock(&self->lock);
    Err err = redis_check(self->redis, ctx);
    if (err) return err;
    return is_up ? OK : ctx_fail(ctx, ERR_UNAVAILABLE, "redis: the subscriber is not connected");
}

/* --- receiving --- */

static void tell_lost(RedisPubsub *self)
{
    int n_attached = atomic_load_explicit(&self->n_attached, memory_order_acquire);
    log_info(NULL, "redis.subscriptions_restored");
    for (int i = 0; i < n_attached; i++)
        if (self->attached[i].on_lost) self->attached[i].on_lost(self->attached[i].arg);
}

static void deliver(RedisPubsub *self, Str channel, Str payload)
{
    int n_attached = atomic_load_explicit(&self->n_attached, memory_order_acquire);
    if (self->is_restoring || channel.len <= self->prefix.len) return;
    Str topic = { channel.ptr + self->prefix.len, channel.len - self->prefix.len };
    for (int i = 0; i < n_attached; i++) self->attached[i].fn(self->attached[i].arg, topic, payload);
}

static void on_pong(RedisPubsub *self, Str text)
{
    uint64_t ticket;
    if (str_eq(text, STR(RESTORED))) {
        self->is_restoring = false;
        tell_lost(self);
    } else if (str_to_u64(text, UINT64_MAX, &ticket)) {
        pthread_mutex_lock(&self->lock);
        if (ticket > self->held_ticket) self->held_ticket = ticket;
        pthread_cond_broadcast(&self->held);
        pthread_mutex_unlock(&self->lock);
    }
}

static Str text_of(const redisReply *reply, size_t at)
{
    if (at >= reply->elements || reply->element[at]->type != REDIS_REPLY_STRING) return STR("");
    return (Str){ reply->element[at]->str, reply->element[at]->len };
}

/* False: the connection is unusable. */
static bool on_reply(RedisPubsub *self, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        log_warn(NULL, "redis.subscriber_refused", log_cstr("text", reply->str));
        return false;
    }
    Str kind = text_of(reply, 0);
    if (str_eq(kind, STR("message"))) deliver(self, text_of(reply, 1), text_of(reply, 2));
    if (str_eq(kind, STR("pong"))) on_pong(self, text_of(reply, 1));
    return true;
}

static bool read_some(RedisPubsub *self)
{
    if (redisBufferRead(self->conn.hiredis) != REDIS_OK) return false;
    self->heard_ms = clock_monotonic_ms();
    for (;;) {
        void *found = NULL;
        if (redisGetReplyFromReader(self->conn.hiredis, &found) != REDIS_OK) return false;
        _cleanup_(redis_reply_freep) redisReply *reply = found;
        if (!reply) return true;
        if (!on_reply(self, reply)) return false;
    }
}

/* --- the connection --- */

static bool flush(RedisPubsub *self)
{
    int is_done = 0;
    while (!is_done)
        if (redisBufferWrite(self->conn.hiredis, &is_done) != REDIS_OK) return false;
    return true;
}

static void append_ping(RedisPubsub *self, const char *text)
{
    if (redisAppendCommand(self->conn.hiredis, "PING %s", text) != REDIS_OK) abort();
    self->asked_ms = clock_monotonic_ms();
}

/* Sends subscription commands, reading replies meanwhile, so that neither side blocks the other. */
static bool tell_wanted(RedisPubsub *self)
{
    for (bool more = true; more;) {
        pthread_mutex_lock(&self->lock);
        more = topics_tell(&self->topics, self->conn.hiredis, self->prefix);
        uint64_t ticket = more ? 0 : self->ticket;
        pthread_mutex_unlock(&self->lock);
        if (ticket > self->asked_ticket) {
            char text[24];
            snprintf(text, sizeof text, "%llu", (unsigned long long)ticket);
            append_ping(self, text);
            self->asked_ticket = ticket;
        }
        if (!flush(self)) return false;
        struct pollfd ready = { .fd = self->conn.hiredis->fd, .events = POLLIN };
        while (poll(&ready, 1, 0) > 0)
            if (!read_some(self)) return false;
    }
    return true;
}

/* Enters subscriber mode at once, so that PING has only one form of reply. */
static bool begin(RedisPubsub *self, bool is_first)
{
    self->heard_ms = clock_monotonic_ms();
    self->is_restoring = !is_first;
    pthread_mutex_lock(&self->lock);
    topics_forget_told(&self->topics);
    self->asked_ticket = self->held_ticket;
    self->is_up = true;
    pthread_mutex_unlock(&self->lock);
    if (redisAppendCommand(self->conn.hiredis, "SUBSCRIBE %s", self->prefix_text) != REDIS_OK) abort();
    if (!tell_wanted(self)) return false;
    if (is_first) return true;
    append_ping(self, RESTORED);
    return flush(self);
}

static void end(RedisPubsub *self)
{
    redis_disconnect(&self->conn);
    pthread_mutex_lock(&self->lock);
    self->is_up = false;
    pthread_cond_broadcast(&self->held);
    pthread_mutex_unlock(&self->lock);
}

/* Runs until the connection is lost or we close. */
ON_WORKER static void run_connection(RedisPubsub *self)
{
    int64_t quiet_ms = redis_config(self->redis)->subscriber_quiet_ms;
    while (!wakeup_is_stopping(&self->wakeup)) {
        int64_t waited_ms = clock_monotonic_ms() - self->heard_ms;
        int why = wakeup_wait(&self->wakeup, self->conn.hiredis->fd,
                              (waited_ms < quiet_ms / 2 ? quiet_ms / 2 : quiet_ms) - waited_ms + 1);
        if (why & WAKEUP_READY && !read_some(self)) return;
        if (why & WAKEUP_WOKEN && !tell_wanted(self)) return;
        waited_ms = clock_monotonic_ms() - self->heard_ms;
        if (waited_ms > quiet_ms) return;
        if (waited_ms > quiet_ms / 2 && self->asked_ms <= self->heard_ms) {
            append_ping(self, "alive");
            if (!flush(self)) return;
        }
    }
}

static void subscriber_main(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    RedisPubsub *self = arg;
    Backoff backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    if (self->conn.hiredis) {
        if (begin(self, true)) run_connection(self);
        end(self);
    }
    while (!wakeup_is_stopping(&self->wakeup)) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new("redis.subscriber", clock_now_ms());
        if (redis_connect(ctx, redis_address(self->redis), &self->conn)) {
            wakeup_pause(&self->wakeup, backoff_next_ms(&backoff));
            continue;
        }
        backoff_reset(&backoff);
        if (begin(self, false)) run_connection(self);
        end(self);
    }
}

static void redis_pubsub_free(Pubsub *pubsub)
{
    RedisPubsub *self = self_of(pubsub);
    wakeup_stop(&self->wakeup);
    pthread_join(self->thread, NULL);
    topics_done(&self->topics);
    wakeup_done(&self->wakeup);
    pthread_cond_destroy(&self->held);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

Pubsub *redis_pubsub_new(Redis *redis)
{
    static const PubsubOps ops = { .driver = "redis",
                                   .publish = redis_publish,
                                   .attach = redis_attach,
                                   .subscribe = redis_subscribe,
                                   .unsubscribe = redis_unsubscribe,
                                   .settle = redis_settle,
                                   .check = redis_pubsub_check,
                                   .free = redis_pubsub_free };
    RedisPubsub *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &ops;
    self->redis = redis;
    snprintf(self->prefix_text, sizeof self->prefix_text, "%s:live:", redis_address(redis)->prefix);
    self->prefix = str_of(self->prefix_text);
    wakeup_init(&self->wakeup);
    pthread_mutex_init(&self->lock, NULL);
    cond_init(&self->held);
    /* Before anybody subscribes, so nothing can have been missed. */
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("redis.subscriber", clock_now_ms());
    self->is_up = redis_connect(ctx, redis_address(redis), &self->conn) == OK;
    self->thread = thread_start("redis-subscribe", THREAD_WORKER, subscriber_main, self);
    return &self->base;
}
