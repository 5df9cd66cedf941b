/* The promises of ports/cache.h, once per driver. A new driver is a row of `drivers`. */
#include <stdatomic.h>

#include "adapters/memory/cache.h"
#include "fixture.h"
#include "redis_fixture.h"

typedef struct Driver {
    const char *name;
    Cache *(*open)(void);
    const char *server; /* what has to be set in the environment; NULL: nothing */
} Driver;

enum { MEMORY_BYTES = 4 * 1024 * 1024 };

static Cache *open_memory(void)
{
    return memory_cache_new(MEMORY_BYTES);
}

static Redis *redis;

static Cache *open_redis(void)
{
    redis = redis_fixture_open(NULL);
    return redis_cache_new(redis);
}

static const Driver drivers[] = {
    { "memory", open_memory, NULL },
    { "redis", open_redis, "MOLVA_TEST_REDIS" },
};

static const Driver *driver;
static Cache *cache;
static Ctx *ctx;

static int set_up(void **state)
{
    cache = driver->open();
    ctx = test_ctx_new();
    return 0;
}

static int tear_down(void **state)
{
    cache_free(cache);
    redis_close(redis);
    redis = NULL;
    ctx_freep(&ctx);
    return 0;
}

enum { MINUTE_MS = 60000 };

/* The lease of a miss. */
static uint64_t miss(Str key)
{
    Str value;
    uint64_t lease = 0;
    CHECK_ERR(cache_get(cache, ctx, key, &value, &lease), ERR_NOT_FOUND, "miss");
    return lease;
}

static void put(Str key, Str value)
{
    cache_put(cache, ctx, key, value, MINUTE_MS, miss(key));
}

static void check_hit(Str key, Str want)
{
    Str value;
    uint64_t lease;
    CHECK_ERR(cache_get(cache, ctx, key, &value, &lease), OK, "hit");
    CHECK_STR(value, want, "value");
}

static const struct {
    const char *label;
    Str key, value;
} pairs[] = {
    { "text", STR("user:1"), STR("Anna") },
    { "empty value", STR("user:2"), { "", 0 } },
    { "bytes", { "k\0\xff", 3 }, { "\0\0\xff", 3 } },
};
TEST_EACH(what_was_put_is_got, pairs, c)
{
    put(c->key, c->value);
    check_hit(c->key, c->value);
}

TEST(a_deleted_key_is_a_miss)
{
    put(STR("k"), STR("v"));
    cache_delete(cache, ctx, STR("k"));
    miss(STR("k"));
    cache_delete(cache, ctx, STR("never there"));
}

TEST(a_value_read_before_a_change_cannot_be_put_after_it)
{
    uint64_t old = miss(STR("k"));
    cache_delete(cache, ctx, STR("k"));
    cache_put(cache, ctx, STR("k"), STR("stale"), MINUTE_MS, old);
    uint64_t fresh = miss(STR("k"));
    cache_put(cache, ctx, STR("k"), STR("fresh"), MINUTE_MS, fresh);
    check_hit(STR("k"), STR("fresh"));
}

TEST(a_later_put_replaces_the_value)
{
    uint64_t lease = miss(STR("k"));
    cache_put(cache, ctx, STR("k"), STR("one"), MINUTE_MS, lease);
    cache_put(cache, ctx, STR("k"), STR("another one"), MINUTE_MS, lease);
    check_hit(STR("k"), STR("another one"));
}

TEST(an_entry_ends_with_its_time)
{
    Str value;
    uint64_t lease = miss(STR("k"));
    int64_t put_ms = clock_monotonic_ms();
    cache_put(cache, ctx, STR("k"), STR("v"), 1, lease);
    while (cache_get(cache, ctx, STR("k"), &value, &lease) == OK)
        if (clock_monotonic_ms() > put_ms + 20000) fail_msg("still there");
    assert_true(clock_monotonic_ms() > put_ms);
}

TEST(what_is_too_large_is_dropped)
{
    char bytes[CACHE_VALUE_MAX + 1] = { 0 };
    put((Str){ bytes, CACHE_KEY_MAX + 1 }, STR("v"));
    put(STR("k"), (Str){ bytes, sizeof bytes });
    miss((Str){ bytes, CACHE_KEY_MAX + 1 });
    miss(STR("k"));
    put(STR("k"), (Str){ bytes, CACHE_VALUE_MAX });
    check_hit(STR("k"), (Str){ bytes, CACHE_VALUE_MAX });
}

enum { THREADS = 4, ROUNDS = 2000, KEYS = 20 };

/* The value of a key counts up; before it does, the key is deleted. A get must never answer an older one. */
static _Atomic int truth[KEYS];

static void *race(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (int i = 0; i < ROUNDS; i++) {
        _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
        int k = rand_r(&seed) % KEYS;
        Str key = str_fmt(own->arena, "key-%d", k), value;
        uint64_t lease;
        if (i % 4 == 0) {
            atomic_fetch_add(&truth[k], 1);
            cache_delete(cache, own, key);
            continue;
        }
        int before = atomic_load(&truth[k]);
        if (cache_get(cache, own, key, &value, &lease) == OK) {
            uint64_t got;
            assert_true(str_to_u64(value, INT32_MAX, &got));
            /* The other's delete may be on its way: it counts first. So one behind for each other thread is right. */
            assert_true((int)got >= before - (THREADS - 1));
        } else {
            cache_put(cache, own, key, str_fmt(own->arena, "%d", atomic_load(&truth[k])), MINUTE_MS, lease);
        }
    }
    return NULL;
}

TEST(no_get_answers_what_a_finished_delete_has_removed)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, (void *)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int k = 0; k < KEYS; k++) {
        Str value, key = str_fmt(ctx->arena, "key-%d", k);
        uint64_t lease, got;
        if (cache_get(cache, ctx, key, &value, &lease) != OK) continue;
        assert_true(str_to_u64(value, INT32_MAX, &got));
        assert_int_equal((int)got, atomic_load(&truth[k]));
    }
}

/* Only for the driver in memory: its budget. */
TEST(what_is_used_stays_when_room_is_needed)
{
    char bytes[1000] = { 0 };
    if (!str_eq(str_of(driver->name), STR("memory"))) skip();
    put(STR("used"), STR("often"));
    for (int i = 0; i < 2 * MEMORY_BYTES / (int)sizeof bytes; i++) {
        put(str_fmt(ctx->arena, "filler-%d", i), (Str){ bytes, sizeof bytes });
        check_hit(STR("used"), STR("often"));
    }
    miss(STR("filler-0"));
}

TEST(replacing_a_value_takes_no_room_from_the_others)
{
    char bytes[1000] = { 0 };
    if (!str_eq(str_of(driver->name), STR("memory"))) skip();
    for (int i = 0; i < 64; i++) put(str_fmt(ctx->arena, "other-%d", i), STR("kept")); /* in every shard */
    uint64_t lease = miss(STR("k"));
    for (int i = 0; i < 2 * MEMORY_BYTES / (int)sizeof bytes; i++)
        cache_put(cache, ctx, STR("k"), (Str){ bytes, sizeof bytes }, MINUTE_MS, lease);
    for (int i = 0; i < 64; i++) check_hit(str_fmt(ctx->arena, "other-%d", i), STR("kept"));
}

TEST(a_cache_that_works_is_ready)
{
    CHECK_OK(ctx, cache_check(cache, ctx), "check");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_was_put_is_got),
        EACH(a_deleted_key_is_a_miss),
        EACH(a_value_read_before_a_change_cannot_be_put_after_it),
        EACH(a_later_put_replaces_the_value),
        EACH(an_entry_ends_with_its_time),
        EACH(what_is_too_large_is_dropped),
        EACH(no_get_answers_what_a_finished_delete_has_removed),
        EACH(what_is_used_stays_when_room_is_needed),
        EACH(replacing_a_value_takes_no_room_from_the_others),
        EACH(a_cache_that_works_is_ready),
    };
    int failed = 0;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        driver = &drivers[i];
        if (driver->server && !server_url(driver->server)) continue;
        failed += cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
    }
    return failed;
}
