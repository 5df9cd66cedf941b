/* The promises of ports/bus.h, once per driver. A new driver is a row of `drivers`. */
#include "adapters/memory/bus.h"
#include "base/log.h"
#include "heard.h"
#include "kafka_fixture.h"
#include "rabbitmq_fixture.h"

typedef struct Driver {
    const char *name;
    Bus *(*open)(void);
    const char *server; /* what has to be set in the environment; NULL: nothing */
} Driver;

static Bus *open_rabbitmq(void)
{
    return rabbitmq_fixture_open(NULL);
}

static const Driver drivers[] = {
    { "memory", memory_bus_new, NULL },
    { "rabbitmq", open_rabbitmq, "MOLVA_TEST_RABBITMQ" },
    { "kafka", kafka_fixture_open, "MOLVA_TEST_KAFKA" },
};

static const Driver *driver;
static Bus *bus;
static Ctx *ctx;

static int set_up(void **state)
{
    bus = driver->open();
    ctx = test_ctx_new();
    return 0;
}

static int tear_down(void **state)
{
    bus_free(bus);
    ctx_freep(&ctx);
    return 0;
}

/* A consumer that fails so many times before it handles an event, and until another has handled one. */
typedef struct Consumer {
    Heard heard;
    Err err;
    int failures;
    Heard *waits_for; /* NULL: for nobody */
} Consumer;

static bool shall_fail(Consumer *consumer)
{
    if (consumer->failures > 0) return consumer->failures--;
    return consumer->waits_for && latch_count(&consumer->waits_for->latch) == 0;
}

static Err consume(void *arg, Ctx *own, Str payload)
{
    Consumer *consumer = arg;
    assert_int_equal(own->actor.kind, ACTOR_SERVICE);
    assert_string_equal(own->trace_id, ctx->trace_id);
    assert_ptr_not_equal(own, ctx);
    heard_add(&consumer->heard, payload);
    return shall_fail(consumer) ? ctx_fail(own, consumer->err, "as the test wants it") : OK;
}

/* As an outbox does it. */
static int publish_until_ok(const char *topic, Str payload)
{
    int tries = 1;
    while (bus_publish(bus, ctx, str_of(topic), payload)) assert_true(++tries < 100);
    return tries;
}

static const char *const members_and_titles[] = { "member.*", "conversation.titled", NULL };
static const struct {
    const char *label;
    const char *topic;
    bool wanted;
} topics[] = {
    { "by prefix", "member.added", true },
    { "by name", "conversation.titled", true },
    { "longer than the name", "conversation.titled2", false },
    { "shorter than the prefix", "member", false },
    { "another", "message.created", false },
};
TEST_EACH(a_consumer_gets_the_topics_it_named, topics, c)
{
    Consumer consumer = { .failures = 0 };
    heard_init(&consumer.heard);
    assert_int_equal(set_up(NULL), 0);
    bus_consume(bus, "test", members_and_titles, consume, &consumer);
    publish_until_ok(c->topic, STR("event"));
    publish_until_ok("member.last", STR("last")); /* comes after what was wanted */
    heard_check(&consumer.heard, c->wanted ? 2 : 1, c->wanted ? "event\nlast\n" : "last\n", c->label);
    tear_down(NULL);
    heard_done(&consumer.heard);
}

static const char *const everything[] = { "*", NULL };
static const struct {
    const char *label;
    Err err;
    bool again;
} failures[] = {
    { "unavailable", ERR_UNAVAILABLE, true }, { "disk full", ERR_STORAGE_FULL, true }, { "late", ERR_TIMEOUT, true },
    { "a fault", ERR_INTERNAL, true },        { "malformed", ERR_INVALID, false },     { "gone", ERR_NOT_FOUND, false },
    { "not allowed", ERR_FORBIDDEN, false },
};
TEST_EACH(an_event_comes_again_when_that_can_help, failures, c)
{
    Consumer failing = { .err = c->err, .failures = 1 };
    heard_init(&failing.heard);
    assert_int_equal(set_up(NULL), 0);
    bus_consume(bus, "failing", everything, consume, &failing);
    publish_until_ok("member.added", STR("event"));
    latch_wait(&failing.heard.latch, c->again ? 2 : 1);
    tear_down(NULL); /* nothing is on its way any more */
    CHECK(latch_count(&failing.heard.latch) == (c->again ? 2 : 1), c->label);
    heard_done(&failing.heard);
}

TEST(a_consumer_that_fails_keeps_nothing_from_the_others)
{
    Consumer good = { .failures = 0 }, failing = { .err = ERR_UNAVAILABLE, .waits_for = &good.heard };
    heard_init(&failing.heard);
    heard_init(&good.heard);
    bus_consume(bus, "failing", everything, consume, &failing);
    bus_consume(bus, "good", everything, consume, &good);
    publish_until_ok("member.added", STR("event"));
    latch_wait(&good.heard.latch, 1);
    bus_stop(bus);
    heard_done(&failing.heard);
    heard_done(&good.heard);
}

TEST(events_of_one_publisher_keep_their_order)
{
    Consumer consumer = { .failures = 0 };
    heard_init(&consumer.heard);
    bus_consume(bus, "test", everything, consume, &consumer);
    publish_until_ok("a.one", STR("1"));
    publish_until_ok("b.two", STR("2"));
    publish_until_ok("a.three", STR("3"));
    heard_check(&consumer.heard, 3, "1\n2\n3\n", "in order");
    heard_done(&consumer.heard);
}

TEST(many_go_out_in_order_each_with_its_own_trace)
{
    enum { MANY = 100 };
    BusEvent events[MANY];
    Consumer consumer = { .failures = 0 };
    StrBuf want;
    size_t done;
    heard_init(&consumer.heard);
    strbuf_init(&want, ctx->arena);
    bus_consume(bus, "test", everything, consume, &consumer);
    for (int i = 0; i < MANY; i++) {
        events[i] = (BusEvent){ STR("a.many"), str_of(ctx->trace_id), str_fmt(ctx->arena, "%d", i) };
        strbuf_fmt(&want, "%d\n", i);
    }
    CHECK_OK(ctx, bus_publish_many(bus, ctx, events, MANY, &done), "publish");
    assert_int_equal(done, MANY);
    strbuf_add_char(&want, '\0');
    heard_check(&consumer.heard, MANY, want.ptr, "in order");
    heard_done(&consumer.heard);
}

TEST(a_bus_that_works_is_ready)
{
    CHECK_OK(ctx, bus_check(bus, ctx), "check");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consumer_gets_the_topics_it_named),
        cmocka_unit_test(an_event_comes_again_when_that_can_help),
        EACH(a_consumer_that_fails_keeps_nothing_from_the_others),
        EACH(events_of_one_publisher_keep_their_order),
        EACH(many_go_out_in_order_each_with_its_own_trace),
        EACH(a_bus_that_works_is_ready),
    };
    int failed = 0;
    log_setup(LOG_OFF, false);
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        driver = &drivers[i];
        if (driver->server && !server_url(driver->server)) continue;
        failed += cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
    }
    return failed;
}
