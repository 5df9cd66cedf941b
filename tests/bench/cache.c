/* What the cache costs its caller: a hit, and a miss with the put that follows it (the reading in between is not ours).
 *   bench_cache --driver=memory|redis --redis=URL --password-file=FILE --callers=16 --seconds=2 --bytes=64 --backends=REDIS
 * Callers are threads, each with its next call when the last has returned; time is what one call took, processor time
 * that of this program and, apart from it, that of the backends. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/memory/cache.h"
#include "adapters/redis/redis.h"
#include "base/log.h"
#include "measure.h"
#include "options.h"
#include "runtime/clock.h"
#include "runtime/thread.h"

#define CALLERS_MAX   64
#define KEYS          256 /* that hits ask for */
#define TTL_MS        60000
#define MEMORY_BYTES  (64u << 20)
#define CALLS_PER_CTX 16

typedef struct Caller {
    uint64_t number, calls;
} Caller;

typedef struct Bench {
    Cache *cache;
    char value[CACHE_VALUE_MAX];
    size_t value_bytes;
    uint64_t end_ns;
    bool misses;
} Bench;

static Bench b;

static void fill(Ctx *ctx, Str key, bool wanted)
{
    Str value;
    uint64_t lease;
    if (cache_get(b.cache, ctx, key, &value, &lease) == OK) {
        if (wanted) return;
        fail("a key that nobody has put is there");
    }
    cache_put(b.cache, ctx, key, (Str){ b.value, b.value_bytes }, TTL_MS, lease);
}

static void hit(Ctx *ctx, Str key)
{
    Str value;
    uint64_t lease;
    if (cache_get(b.cache, ctx, key, &value, &lease) != OK || value.len != b.value_bytes) fail("a hit was none");
}

static Str key_of(Ctx *ctx, const Caller *caller)
{
    if (!b.misses) return str_fmt(ctx->arena, "member:%llu", (unsigned long long)(caller->calls % KEYS));
    return str_fmt(ctx->arena, "miss:%d:%llu:%llu", (int)getpid(), (unsigned long long)caller->number,
                   (unsigned long long)caller->calls);
}

static void caller_main(void *arg)
{
    Caller *caller = arg;
    while (now_ns() < b.end_ns) {
        Ctx *ctx = ctx_new("bench", clock_now_ms());
        for (int i = 0; i < CALLS_PER_CTX; i++, caller->calls++) {
            Str key = key_of(ctx, caller);
            if (b.misses)
                fill(ctx, key, false);
            else
                hit(ctx, key);
        }
        ctx_free(ctx);
    }
}

static void measure(const char *name, uint64_t n_callers, uint64_t seconds, const char *backends)
{
    Caller callers[CALLERS_MAX];
    pthread_t threads[CALLERS_MAX];
    uint64_t calls = 0, start = now_ns(), cpu = own_cpu_ns(), backend = processes_cpu_ns(backends);
    b.misses = strcmp(name, "miss") == 0;
    b.end_ns = start + seconds * 1000000000u;
    for (uint64_t i = 0; i < n_callers; i++) {
        callers[i] = (Caller){ .number = i };
        threads[i] = thread_start("caller", THREAD_WORKER, caller_main, &callers[i]);
    }
    for (uint64_t i = 0; i < n_callers; i++) {
        pthread_join(threads[i], NULL);
        calls += callers[i].calls;
    }
    double wall_us = (double)(now_ns() - start) / 1e3;
    printf("%s_us=%.2f %s_cpu_us=%.2f %s_backend_us=%.2f %s_s=%.0f\n", name,
           wall_us * (double)n_callers / (double)calls, name, (double)(own_cpu_ns() - cpu) / 1e3 / (double)calls, name,
           (double)(processes_cpu_ns(backends) - backend) / 1e3 / (double)calls, name, (double)calls / wall_us * 1e6);
}

static Redis *open_redis(Ctx *ctx)
{
    char password[256] = "";
    const char *path = option_text("password-file");
    FILE *file = fopen(path, "re");
    if (!file || !fgets(password, sizeof password, file)) fail("%s: %s", path, strerror(errno));
    fclose(file);

    Redis *redis;
    RedisConfig config = { .url = str_of(option_text("redis")), .password = str_of(password), .prefix = STR("bench") };
    if (redis_open(ctx, &config, &redis)) fail("%s", ctx->err_text);
    return redis;
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    uint64_t n_callers = option_number("callers", 16), seconds = option_number("seconds", 2);
    const char *backends = option_text_or("backends", "");
    b.value_bytes = option_number("bytes", 64);
    if (n_callers == 0 || n_callers > CALLERS_MAX) fail("--callers takes 1 to %d", CALLERS_MAX);
    if (b.value_bytes > sizeof b.value) fail("too many bytes");
    if (sodium_init() < 0) fail("libsodium does not start");
    log_setup(LOG_WARN, false);

    Ctx *ctx = ctx_new("bench", clock_now_ms());
    Redis *redis = strcmp(option_text("driver"), "redis") == 0 ? open_redis(ctx) : NULL;
    b.cache = redis ? redis_cache_new(redis) : memory_cache_new(MEMORY_BYTES);
    for (Caller each = { 0 }; each.calls < KEYS; each.calls++) fill(ctx, key_of(ctx, &each), true);

    measure("hit", n_callers, seconds, backends);
    measure("miss", n_callers, seconds, backends);
    if (cache_check(b.cache, ctx)) fail("%s", ctx->err_text);
    cache_free(b.cache);
    redis_close(redis);
    ctx_free(ctx);
    return 0;
}
