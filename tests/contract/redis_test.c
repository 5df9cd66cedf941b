/* What Redis does to us: it ends, is killed, is emptied, stands still. Cache and pubsub of the driver on a real one. */
#include "adapters/redis/redis.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "adapters/redis/pool.h"
#include "base/log.h"
#include "heard.h"
#include "redis_fixture.h"
#include "runtime/thread.h"

enum { MINUTE_MS = 60000 };

static Redis *redis;
static Cache *cache;
static Ctx *ctx;

static int set_up(void **state)
{
    redis = redis_fixture_open(NULL);
    cache = redis_cache_new(redis);
    ctx = test_ctx_new();
    return 0;
}

static int tear_down(void **state)
{
    cache_free(cache);
    redis_close(redis);
    ctx_freep(&ctx);
    return 0;
}

/* What a test can wait for, and a server that answers keeps on a machine that has much else to do. */
#define SHORT_MS 2000

static void use_short_timeout(void)
{
    static const RedisConfig config = { .timeout_ms = SHORT_MS, .deletes_kept_max = 4 };
    tear_down(NULL);
    set_up(NULL);
    cache_free(cache);
    redis_close(redis);
    redis = redis_fixture_open(&config);
    cache = redis_cache_new(redis);
}

static Err get(const char *key, Str *out_value, uint64_t *out_lease)
{
    return cache_get(cache, ctx, str_of(key), out_value, out_lease);
}

static uint64_t miss(const char *key, const char *label)
{
    Str value;
    uint64_t lease;
    CHECK_ERR(get(key, &value, &lease), ERR_NOT_FOUND, label);
    return lease;
}

static void put(const char *key, const char *value)
{
    cache_put(cache, ctx, str_of(key), str_of(value), MINUTE_MS, miss(key, "before it is put"));
}

static void check_hit(const char *key, const char *want)
{
    Str value;
    uint64_t lease;
    CHECK_ERR(get(key, &value, &lease), OK, want);
    CHECK_STR(value, str_of(want), key);
}

/* Until the breaker has closed again. */
static void wait_until_back(void)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;
    while (cache_check(cache, ctx)) {
        if (clock_monotonic_ms() > until_ms) fail_msg("not back: %s", ctx->err_text);
        ctx_clear(ctx);
        struct timespec tick = { .tv_nsec = 1000000 };
        nanosleep(&tick, NULL);
    }
}

static const struct {
    const char *label;
    const char *orders[3];
} accidents[] = {
    { "restarted, with its data", { "stop", "start" } },
    { "killed and started, with its data", { "kill", "start" } },
    { "emptied", { "flush" } },
};
TEST_EACH(no_accident_lets_an_old_value_in, accidents, c)
{
    assert_int_equal(set_up(NULL), 0);
    put("stored", "before");
    uint64_t lease = miss("leased", c->label);
    for (int i = 0; c->orders[i]; i++) server_do(c->orders[i]);

    cache_delete(cache, ctx, STR("stored")); /* as after a change */
    Str value;
    uint64_t ignored;
    CHECK_ERR(get("stored", &value, &ignored), ERR_NOT_FOUND, c->label);
    wait_until_back();
    CHECK_ERR(get("stored", &value, &ignored), ERR_NOT_FOUND, c->label);
    cache_put(cache, ctx, STR("leased"), STR("before"), MINUTE_MS, lease);
    miss("leased", c->label);
    cache_put(cache, ctx, STR("leased"), STR("before"), MINUTE_MS, lease);
    miss("leased", c->label);

    put("stored", "after");
    check_hit("stored", "after");
    tear_down(NULL);
}

TEST(a_restarted_redis_answers_nothing_from_its_disk)
{
    put("k", "from before");
    check_hit("k", "from before");
    server_do("stop");
    miss("k", "while it is away");
    server_do("start");
    wait_until_back();
    miss("k", "though nobody deleted it: a delete may have been missed");
}

TEST(while_redis_stands_still_everything_is_a_miss_and_deletes_are_made_up_for)
{
    use_short_timeout();
    put("changed", "old");
    put("other", "kept");
    server_do("pause");
    int64_t before_ms = clock_monotonic_ms();
    cache_delete(cache, ctx, STR("changed"));
    CHECK_ERR(cache_check(cache, ctx), ERR_UNAVAILABLE, "the breaker is open");
    for (int i = 0; i < 1000; i++) miss("changed", "behind the open breaker");
    assert_true(clock_monotonic_ms() < before_ms + 20000); /* 1000 timeouts would be 2000 s */
    server_do("resume");
    wait_until_back();
    miss("changed", "deleted before anybody was let in");
    check_hit("other", "kept");
}

TEST(when_too_many_deletes_wait_all_keys_go)
{
    use_short_timeout();
    for (int i = 0; i < 10; i++) put(str_fmt(ctx->arena, "k%d", i).ptr, "old");
    server_do("pause");
    for (int i = 0; i < 5; i++) cache_delete(cache, ctx, str_fmt(ctx->arena, "k%d", i));
    server_do("resume");
    wait_until_back();
    for (int i = 0; i < 10; i++) miss(str_fmt(ctx->arena, "k%d", i).ptr, "all of them");
}

TEST(a_lease_taken_before_a_delete_that_waits_is_worth_nothing_afterwards)
{
    use_short_timeout();
    uint64_t lease = miss("k", "taken before");
    server_do("pause");
    cache_delete(cache, ctx, STR("k"));
    server_do("resume");
    wait_until_back();
    cache_put(cache, ctx, STR("k"), STR("old"), MINUTE_MS, lease);
    miss("k", "the put is refused");
}

typedef struct Lookup {
    Latch *began;
    Err err;
} Lookup;

static void look_up(void *arg)
{
    Lookup *lookup = arg;
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    Str value;
    uint64_t lease;
    latch_add(lookup->began);
    lookup->err = cache_get(cache, own, STR("k"), &value, &lease);
}

TEST(who_finds_all_connections_busy_waits_for_one_and_misses_nothing)
{
    static const RedisConfig config = { .timeout_ms = 20000, .connections_max = 1 };
    Latch began;
    cache_free(cache);
    redis_close(redis);
    redis = redis_fixture_open(&config);
    cache = redis_cache_new(redis);
    put("k", "v");

    RedisConn *conn = redis_take(redis, ctx);
    Lookup lookup = { .began = &began, .err = ERR_INTERNAL };
    latch_init(&began);
    pthread_t thread = thread_start("look-up", THREAD_WORKER, look_up, &lookup);
    latch_wait(&began, 1);
    for (int i = 0; i < 2000; i++) freeReplyObject(redis_call(conn, REDIS_ARGS(STR("PING"))));
    redis_give_back(redis, conn, false);
    pthread_join(thread, NULL);
    CHECK_ERR(lookup.err, OK, "a hit");
}

/* --- in mid-run: readers and writers go on while Redis has its accidents --- */

enum { THREADS = 4, KEYS = 10 };

/* The value of a key counts up; after it did, the key is deleted. What was deleted must never be answered. */
static _Atomic int truth[KEYS];    /* what the database would say */
static _Atomic int finished[KEYS]; /* the truth when the last delete had returned, or more */
static atomic_bool is_over;
static atomic_int stale, hits;

static void change(Ctx *own, int k, Str key)
{
    static pthread_mutex_t one_writer[KEYS];
    pthread_mutex_lock(&one_writer[k]);
    int now = atomic_fetch_add(&truth[k], 1) + 1;
    cache_delete(cache, own, key);
    atomic_store(&finished[k], now);
    pthread_mutex_unlock(&one_writer[k]);
}

static void look(Ctx *own, int k, Str key)
{
    Str value;
    uint64_t lease, got;
    int before = atomic_load(&finished[k]);
    if (cache_get(cache, own, key, &value, &lease) == OK) {
        atomic_fetch_add(&hits, 1);
        if (!str_to_u64(value, INT32_MAX, &got) || (int)got < before) atomic_fetch_add(&stale, 1);
    } else {
        cache_put(cache, own, key, str_fmt(own->arena, "%d", atomic_load(&truth[k])), MINUTE_MS, lease);
    }
}

static void run_mid(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    while (!atomic_load(&is_over)) {
        _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
        int k = rand_r(&seed) % KEYS;
        Str key = str_fmt(own->arena, "key-%d", k);
        if (rand_r(&seed) % 20 == 0)
            change(own, k, key);
        else
            look(own, k, key);
    }
}

TEST(no_stale_value_is_answered_while_redis_has_accidents)
{
    static const char *const orders[] = {
        "flush", "kill", "start", "flush", "pause", "resume", "stop", "start", "flush"
    };
    pthread_t threads[THREADS];
    use_short_timeout();
    atomic_store(&is_over, false);
    for (uintptr_t i = 0; i < THREADS; i++)
        threads[i] = thread_start("mid-run", THREAD_WORKER, run_mid, (void *)(i + 1));
    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        if (strcmp(orders[i], "resume") == 0) /* not before somebody has noticed */
            while (cache_check(cache, ctx) == OK) sched_yield();
        ctx_clear(ctx);
        server_do(orders[i]);
        if (strcmp(orders[i], "pause") == 0 || strcmp(orders[i], "kill") == 0 || strcmp(orders[i], "stop") == 0)
            continue;
        wait_until_back();
        int before = atomic_load(&hits);
        while (atomic_load(&hits) < before + 200) sched_yield(); /* it is of use again */
    }
    atomic_store(&is_over, true);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&stale), 0);
}

/* --- pubsub --- */

typedef struct Listener {
    Heard heard;
    Latch lost;
} Listener;

static void hear(void *arg, Str topic, Str payload)
{
    Listener *listener = arg;
    if (str_starts_with(topic, STR("chat"))) heard_add(&listener->heard, payload);
}

static void hear_lost(void *arg)
{
    Listener *listener = arg;
    latch_add(&listener->lost);
}

static void publish_until_ok(Pubsub *pubsub, const char *topic, const char *payload)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;
    while (pubsub_publish(pubsub, ctx, str_of(topic), str_of(payload)))
        if (clock_monotonic_ms() > until_ms) fail_msg("%s", ctx->err_text);
}

static const struct {
    const char *label;
    const char *orders[3];
} outages[] = {
    { "restarted", { "stop", "start" } },
    { "killed", { "kill", "start" } },
};
TEST_EACH(after_an_outage_all_subscriptions_hold_and_the_listener_knows, outages, c)
{
    enum { TOPICS = 1000 };
    Listener listener;
    assert_int_equal(set_up(NULL), 0);
    heard_init(&listener.heard);
    latch_init(&listener.lost);
    Pubsub *pubsub = redis_pubsub_new(redis);
    pubsub_attach(pubsub, hear, hear_lost, &listener);
    for (int i = 0; i < TOPICS; i++) pubsub_subscribe(pubsub, str_fmt(ctx->arena, "chat.%d", i));
    CHECK_OK(ctx, pubsub_settle(pubsub, ctx), "settle");
    publish_until_ok(pubsub, "chat.1", "before");
    heard_check(&listener.heard, 1, "before\n", c->label);
    CHECK(latch_count(&listener.lost) == 0, c->label);

    for (int i = 0; c->orders[i]; i++) server_do(c->orders[i]);
    latch_wait(&listener.lost, 1);
    wait_until_back();
    publish_until_ok(pubsub, "chat.0", "first");
    publish_until_ok(pubsub, "chat.999", "last");
    heard_check(&listener.heard, 3, "before\nfirst\nlast\n", c->label);
    CHECK_OK(ctx, pubsub_check(pubsub, ctx), c->label);
    pubsub_free(pubsub);
    heard_done(&listener.heard);
    tear_down(NULL);
}

TEST(a_redis_that_stands_still_is_noticed_and_left)
{
    static const RedisConfig config = { .timeout_ms = SHORT_MS, .subscriber_quiet_ms = SHORT_MS };
    Listener listener;
    heard_init(&listener.heard);
    latch_init(&listener.lost);
    Redis *own = redis_fixture_open(&config);
    Pubsub *pubsub = redis_pubsub_new(own);
    pubsub_attach(pubsub, hear, hear_lost, &listener);
    pubsub_subscribe(pubsub, STR("chat"));
    CHECK_OK(ctx, pubsub_settle(pubsub, ctx), "settle");
    server_do("pause");
    /* Returns when the silence is noticed. */
    CHECK_ERR(pubsub_settle(pubsub, ctx), ERR_UNAVAILABLE, "settle");
    ctx_clear(ctx);
    CHECK_ERR(pubsub_publish(pubsub, ctx, STR("chat"), STR("x")), ERR_UNAVAILABLE, "publish");
    ctx_clear(ctx);
    CHECK_ERR(pubsub_check(pubsub, ctx), ERR_UNAVAILABLE, "ready");
    ctx_clear(ctx);
    server_do("resume");
    latch_wait(&listener.lost, 1);
    pubsub_free(pubsub);
    redis_close(own);
    heard_done(&listener.heard);
}

/* As when Redis drops a subscriber that reads too slowly (client-output-buffer-limit). */
TEST(a_subscriber_that_redis_drops_comes_back)
{
    Listener listener;
    heard_init(&listener.heard);
    latch_init(&listener.lost);
    Pubsub *pubsub = redis_pubsub_new(redis);
    pubsub_attach(pubsub, hear, hear_lost, &listener);
    pubsub_subscribe(pubsub, STR("chat"));
    CHECK_OK(ctx, pubsub_settle(pubsub, ctx), "settle");
    server_do("drop");
    latch_wait(&listener.lost, 1);
    publish_until_ok(pubsub, "chat", "again");
    heard_check(&listener.heard, 1, "again\n", "after it was dropped");
    pubsub_free(pubsub);
    heard_done(&listener.heard);
}

static const struct {
    const char *label, *url;
} bad_urls[] = {
    { "another scheme", "http://localhost" },
    { "TLS", "rediss://localhost" },
    { "no host", "redis://" },
    { "a port that is none", "redis://localhost:70000" },
    { "a database that is none", "redis://localhost/x" },
    { "a password", "redis://me:secret@localhost" },
};
TEST_EACH(a_url_that_cannot_work_is_refused, bad_urls, c)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    RedisConfig config = { .url = str_of(c->url) };
    Redis *opened = NULL;
    CHECK_ERR(redis_open(own, &config, &opened), ERR_INVALID, c->label);
    CHECK(strstr(own->err_text, "secret") == NULL, "the password is not told");
}

TEST(a_wrong_password_is_told_at_start)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    RedisConfig config = { .url = str_of(server_url("MOLVA_TEST_REDIS")), .password = STR("wrong") };
    Redis *opened = NULL;
    CHECK_ERR(redis_open(own, &config, &opened), ERR_INVALID, "password");
    CHECK(strstr(own->err_text, "wrong") == NULL, "the password is not told");
}

TEST(a_redis_that_is_away_at_start_is_found_later)
{
    server_do("stop");
    Redis *own = redis_fixture_open(NULL);
    Listener listener;
    heard_init(&listener.heard);
    latch_init(&listener.lost);
    Pubsub *pubsub = redis_pubsub_new(own);
    pubsub_attach(pubsub, hear, hear_lost, &listener);
    pubsub_subscribe(pubsub, STR("chat"));
    CHECK_ERR(pubsub_settle(pubsub, ctx), ERR_UNAVAILABLE, "settle");
    ctx_clear(ctx);
    CHECK_ERR(pubsub_check(pubsub, ctx), ERR_UNAVAILABLE, "while it is away");
    ctx_clear(ctx);
    server_do("start");
    latch_wait(&listener.lost, 1);
    publish_until_ok(pubsub, "chat", "found");
    heard_check(&listener.heard, 1, "found\n", "found");
    pubsub_free(pubsub);
    redis_close(own);
    heard_done(&listener.heard);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_accident_lets_an_old_value_in),
        EACH(a_restarted_redis_answers_nothing_from_its_disk),
        EACH(while_redis_stands_still_everything_is_a_miss_and_deletes_are_made_up_for),
        EACH(when_too_many_deletes_wait_all_keys_go),
        EACH(a_lease_taken_before_a_delete_that_waits_is_worth_nothing_afterwards),
        EACH(who_finds_all_connections_busy_waits_for_one_and_misses_nothing),
        EACH(no_stale_value_is_answered_while_redis_has_accidents),
        cmocka_unit_test(after_an_outage_all_subscriptions_hold_and_the_listener_knows),
        EACH(a_redis_that_stands_still_is_noticed_and_left),
        EACH(a_subscriber_that_redis_drops_comes_back),
        cmocka_unit_test(a_url_that_cannot_work_is_refused),
        EACH(a_wrong_password_is_told_at_start),
        EACH(a_redis_that_is_away_at_start_is_found_later),
    };
    log_setup(LOG_OFF, false);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
