/* The promises of ports/pubsub.h, once per driver. A new driver is a row of `drivers`. */
#include "adapters/memory/pubsub.h"
#include "heard.h"
#include "redis_fixture.h"

typedef struct Driver {
    const char *name;
    Pubsub *(*open)(void);
    const char *server; /* what has to be set in the environment; NULL: nothing */
} Driver;

static Redis *redis;

static Pubsub *open_redis(void)
{
    redis = redis_fixture_open(NULL);
    return redis_pubsub_new(redis);
}

static const Driver drivers[] = {
    { "memory", memory_pubsub_new, NULL },
    { "redis", open_redis, "MOLVA_TEST_REDIS" },
};

static const Driver *driver;
static Pubsub *pubsub;
static Ctx *ctx;

static int set_up(void **state)
{
    pubsub = driver->open();
    ctx = test_ctx_new();
    return 0;
}

static int tear_down(void **state)
{
    pubsub_free(pubsub);
    redis_close(redis);
    redis = NULL;
    ctx_freep(&ctx);
    return 0;
}

/* A process may hear of topics that it did not subscribe to: it looks. */
static void hear_chat(void *arg, Str topic, Str payload)
{
    if (str_eq(topic, STR("chat"))) heard_add(arg, payload);
}

TEST(every_listener_hears_what_is_published_in_order)
{
    Heard a, b;
    heard_init(&a);
    heard_init(&b);
    pubsub_attach(pubsub, hear_chat, NULL, &a);
    pubsub_attach(pubsub, hear_chat, NULL, &b);
    pubsub_subscribe(pubsub, STR("chat"));
    CHECK_OK(ctx, pubsub_settle(pubsub, ctx), "settle");
    for (int i = 1; i <= 3; i++)
        CHECK_OK(ctx, pubsub_publish(pubsub, ctx, STR("chat"), str_fmt(ctx->arena, "%d", i)), "publish");
    heard_check(&a, 3, "1\n2\n3\n", "a");
    heard_check(&b, 3, "1\n2\n3\n", "b");
    pubsub_unsubscribe(pubsub, STR("chat"));
    heard_done(&a);
    heard_done(&b);
}

TEST(publishing_to_nobody_is_fine)
{
    CHECK_OK(ctx, pubsub_publish(pubsub, ctx, STR("nobody"), STR("x")), "publish");
}

TEST(one_of_two_subscriptions_is_enough_to_go_on_hearing)
{
    Heard heard;
    heard_init(&heard);
    pubsub_attach(pubsub, hear_chat, NULL, &heard);
    pubsub_subscribe(pubsub, STR("chat"));
    pubsub_subscribe(pubsub, STR("chat"));
    pubsub_unsubscribe(pubsub, STR("chat"));
    CHECK_OK(ctx, pubsub_settle(pubsub, ctx), "settle");
    CHECK_OK(ctx, pubsub_publish(pubsub, ctx, STR("chat"), STR("still here")), "publish");
    heard_check(&heard, 1, "still here\n", "after one unsubscribe");
    heard_done(&heard);
}

TEST(a_pubsub_that_works_is_ready)
{
    CHECK_OK(ctx, pubsub_check(pubsub, ctx), "check");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(every_listener_hears_what_is_published_in_order),
        EACH(publishing_to_nobody_is_fine),
        EACH(one_of_two_subscriptions_is_enough_to_go_on_hearing),
        EACH(a_pubsub_that_works_is_ready),
    };
    int failed = 0;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        driver = &drivers[i];
        if (driver->server && !server_url(driver->server)) continue;
        failed += cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
    }
    return failed;
}
