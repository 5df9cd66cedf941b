/* A Redis driver on the test's server. Timeouts are generous where a test does not wait for them: the machine may be busy. */
#pragma once
#include "adapters/redis/redis.h"
#include "support/server.h"

/* Each call gives keys and channels of their own. */
static inline Redis *redis_fixture_open(const RedisConfig *more)
{
    static int opened;
    char prefix[32];
    Redis *redis = NULL;
    Ctx *ctx = test_ctx_new();
    RedisConfig config = more ? *more : (RedisConfig){ .timeout_ms = 5000 };
    snprintf(prefix, sizeof prefix, "t%d", opened++);
    config.url = str_of(server_url("MOLVA_TEST_REDIS"));
    if (!config.prefix.len) config.prefix = str_of(prefix);
    if (redis_open(ctx, &config, &redis)) fail_msg("%s", ctx->err_text);
    ctx_free(ctx);
    return redis;
}
