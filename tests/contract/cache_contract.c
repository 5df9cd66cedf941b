/* The promises of ports/cache.h and ports/cache_fetch.h, once per driver. A new driver is a row of `drivers`. */
#include <stdatomic.h>

#include "adapters/memory/cache.h"
#include "base/metrics.h"
#include "fixture.h"
#include "ports/cache_fetch.h"
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

enum { MINUTE_MS = 60000 };

static const Driver *driver;
static Cache *cache;
static Ctx *ctx;

static int set_up(void **state)
{
    cache = driver->open();
    cache->flights.follow_ms = MINUTE_MS; /* events end the waiting, not the clock */
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

/* --- reading through --- */

/* Where the truth is. load() waits at the gate while that is closed. */
typedef struct Source {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* lock */
    const char *value; /* NULL: there is none */
    Err err;
    bool closed;
    int waiting, loads, items;
} Source;

static Source source_of(const char *value)
{
    return (Source){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .value = value };
}

/* Reads, and only then waits: what changes meanwhile it has not seen. */
static Err load(Ctx *own, void *arg, CacheItem *const *items, size_t n)
{
    Source *source = arg;
    pthread_mutex_lock(&source->lock);
    const char *value = source->value;
    Err err = source->err;
    source->loads++;
    source->items += (int)n;
    source->waiting++;
    pthread_cond_broadcast(&source->changed);
    while (source->closed) pthread_cond_wait(&source->changed, &source->lock);
    source->waiting--;
    pthread_mutex_unlock(&source->lock);
    for (size_t i = 0; i < n; i++) items[i]->value = value ? str_dup(own->arena, str_of(value)) : (Str){ 0 };
    return err ? ctx_fail(own, err, "the source says so") : OK;
}

static void source_set(Source *source, const char *value, Err err, bool closed)
{
    pthread_mutex_lock(&source->lock);
    source->value = value;
    source->err = err;
    source->closed = closed;
    pthread_cond_broadcast(&source->changed);
    pthread_mutex_unlock(&source->lock);
}

static void source_wait_reader(Source *source)
{
    pthread_mutex_lock(&source->lock);
    while (source->waiting == 0) pthread_cond_wait(&source->changed, &source->lock);
    pthread_mutex_unlock(&source->lock);
}

static void source_wait_loads(Source *source, int n)
{
    pthread_mutex_lock(&source->lock);
    while (source->loads < n) pthread_cond_wait(&source->changed, &source->lock);
    pthread_mutex_unlock(&source->lock);
}

/* Until so many wait for another's read. */
static void wait_followers(int n)
{
    Str want = str_fmt(ctx->arena, "\nmolva_cache_waiting %d\n", n);
    bool found;
    do {
        _cleanup_(strbuf_done) StrBuf text = { 0 };
        metrics_write(&text);
        found = memmem(text.ptr, text.len, want.ptr, want.len) != NULL;
        sched_yield();
    } while (!found);
}

typedef struct Reader {
    pthread_t thread;
    Source *source;
    Err err;
    char value[16];
} Reader;

static Err fetch_one(Ctx *own, Source *source, Str *out_value)
{
    CacheItem item = { .key = STR("k") };
    Err err = cache_fetch(cache, own, &item, 1, MINUTE_MS, load, source);
    *out_value = item.value;
    return err;
}

static void *reader_main(void *arg)
{
    Reader *reader = arg;
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    Str value;
    reader->err = fetch_one(own, reader->source, &value);
    if (!reader->err && value.ptr) snprintf(reader->value, sizeof reader->value, "%.*s", STR_ARG(value));
    return NULL;
}

static void reader_start(Reader *reader, Source *source)
{
    *reader = (Reader){ .source = source };
    assert_int_equal(pthread_create(&reader->thread, NULL, reader_main, reader), 0);
}

static void reader_check(Reader *reader, Err err, const char *value)
{
    pthread_join(reader->thread, NULL);
    assert_int_equal(reader->err, err);
    assert_string_equal(reader->value, value);
}

static void check_fetch(Source *source, const char *want, int loads)
{
    Str value;
    CHECK_OK(ctx, fetch_one(ctx, source, &value), "fetch");
    CHECK_STR(value, str_of(want), "value");
    assert_int_equal(source->loads, loads);
}

TEST(those_who_miss_at_once_read_once)
{
    Source source = source_of("v");
    Reader readers[8];
    source.closed = true;
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) reader_start(&readers[i], &source);
    source_wait_reader(&source);
    wait_followers(ARRAY_LEN(readers) - 1);
    source_set(&source, "v", OK, false);
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) reader_check(&readers[i], OK, "v");
    assert_int_equal(source.loads, 1);
}

TEST(whoever_asks_after_a_change_does_not_share_a_read_from_before)
{
    Source source = source_of("old");
    Reader reader;
    source.closed = true;
    reader_start(&reader, &source);
    source_wait_reader(&source);
    source_set(&source, "new", OK, true);
    cache_delete(cache, ctx, STR("k"));
    Reader after;
    reader_start(&after, &source);
    source_wait_loads(&source, 2);
    source_set(&source, "new", OK, false);
    reader_check(&reader, OK, "old");
    reader_check(&after, OK, "new");
    check_fetch(&source, "new", 2);
}

TEST(a_read_that_fails_is_made_again_by_those_who_waited_for_it)
{
    Source source = source_of("v");
    Reader first, second;
    source.err = ERR_UNAVAILABLE;
    source.closed = true;
    reader_start(&first, &source);
    source_wait_reader(&source);
    reader_start(&second, &source);
    wait_followers(1);
    source_set(&source, "v", OK, false);
    reader_check(&first, ERR_UNAVAILABLE, "");
    reader_check(&second, OK, "v");
    assert_int_equal(source.loads, 2);
}

TEST(waiting_for_anothers_read_ends_with_the_deadline)
{
    Source source = source_of("v");
    Reader reader;
    Str value;
    source.closed = true;
    reader_start(&reader, &source);
    source_wait_reader(&source);
    ctx->deadline_ms = clock_monotonic_ms() + 1;
    CHECK_ERR(fetch_one(ctx, &source, &value), ERR_TIMEOUT, "fetch");
    source_set(&source, "v", OK, false);
    reader_check(&reader, OK, "v");
    assert_int_equal(source.loads, 1);
}

TEST(a_read_that_hangs_does_not_hold_those_who_wait_for_it)
{
    Source source = source_of("v");
    Reader first, second;
    cache->flights.follow_ms = 1;
    source.closed = true;
    reader_start(&first, &source);
    source_wait_reader(&source);
    reader_start(&second, &source);
    source_wait_loads(&source, 2);
    source_set(&source, "v", OK, false);
    reader_check(&first, OK, "v");
    reader_check(&second, OK, "v");
}

TEST(what_does_not_exist_is_not_cached)
{
    Source source = source_of(NULL);
    Str value;
    CHECK_OK(ctx, fetch_one(ctx, &source, &value), "fetch");
    assert_null(value.ptr);
    source_set(&source, "v", OK, false);
    check_fetch(&source, "v", 2);
    check_fetch(&source, "v", 2);
}

TEST(what_is_missing_of_many_is_read_together)
{
    Source source = source_of("read");
    put(STR("a"), STR("cached"));
    CacheItem items[] = { { .key = STR("a") }, { .key = STR("b") }, { .key = STR("c") }, { .key = STR("b") } };
    const Str want[] = { STR("cached"), STR("read"), STR("read"), STR("read") };
    CHECK_OK(ctx, cache_fetch(cache, ctx, items, ARRAY_LEN(items), MINUTE_MS, load, &source), "fetch");
    for (size_t i = 0; i < ARRAY_LEN(items); i++) CHECK_STR(items[i].value, want[i], "value");
    assert_int_equal(source.loads, 1);
    assert_int_equal(source.items, 2);
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
        EACH(those_who_miss_at_once_read_once),
        EACH(whoever_asks_after_a_change_does_not_share_a_read_from_before),
        EACH(a_read_that_fails_is_made_again_by_those_who_waited_for_it),
        EACH(waiting_for_anothers_read_ends_with_the_deadline),
        EACH(a_read_that_hangs_does_not_hold_those_who_wait_for_it),
        EACH(what_does_not_exist_is_not_cached),
        EACH(what_is_missing_of_many_is_read_together),
    };
    int failed = 0;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        driver = &drivers[i];
        if (driver->server && !server_url(driver->server)) continue;
        failed += cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
    }
    return failed;
}
