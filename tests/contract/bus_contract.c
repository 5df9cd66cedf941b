/* The promises of ports/bus.h, once per driver. A new driver is a row of `drivers`. */
#include "adapters/memory/bus.h"
#include "adapters/sqlite/sqlite.h"
#include "base/log.h"
#include "heard.h"
#include "kafka_fixture.h"
#include "ports/outbox.h"
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
} topics[] = {
    { "by prefix", "member.added" },
    { "by name", "conversation.titled" },
    { "longer than the name", "conversation.titled2" },
    { "shorter than the prefix", "member" },
    { "another", "message.created" },
    { "last", "member.last" }, /* comes after what was wanted */
};
TEST(a_consumer_gets_the_topics_it_named)
{
    Consumer consumer = { .failures = 0 };
    heard_init(&consumer.heard);
    bus_consume(bus, "test", members_and_titles, consume, &consumer);
    for (size_t i = 0; i < ARRAY_LEN(topics); i++) publish_until_ok(topics[i].topic, str_of(topics[i].label));
    heard_check(&consumer.heard, 3, "by prefix\nby name\nlast\n", "heard");
    bus_stop(bus);
    heard_done(&consumer.heard);
}

static const char *const everything[] = { "*", NULL };
/* Each with a consumer of its own: on some drivers the first event of a consumer takes seconds. */
static const struct {
    const char *topics[2]; /* the name of the case and of the consumer too */
    Err err;
    bool again;
} failures[] = {
    { { "unavailable" }, ERR_UNAVAILABLE, true },
    { { "disk_full" }, ERR_STORAGE_FULL, true },
    { { "late" }, ERR_TIMEOUT, true },
    { { "a_fault" }, ERR_INTERNAL, true },
    { { "malformed" }, ERR_INVALID, false },
    { { "gone" }, ERR_NOT_FOUND, false },
    { { "not_allowed" }, ERR_FORBIDDEN, false },
};
TEST(an_event_comes_again_when_that_can_help)
{
    Consumer failing[ARRAY_LEN(failures)];
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        failing[i] = (Consumer){ .err = failures[i].err, .failures = 1 };
        heard_init(&failing[i].heard);
        bus_consume(bus, failures[i].topics[0], failures[i].topics, consume, &failing[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) publish_until_ok(failures[i].topics[0], STR("event"));
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) latch_wait(&failing[i].heard.latch, failures[i].again ? 2 : 1);
    bus_stop(bus); /* nothing is on its way any more */
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        CHECK(latch_count(&failing[i].heard.latch) == (failures[i].again ? 2 : 1), failures[i].topics[0]);
        heard_done(&failing[i].heard);
    }
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

/* A consumer that hangs in its first event until it is let go. */
typedef struct Hanging {
    Heard heard;
    Latch entered, let_go;
    bool has_hung; /* of the thread that calls it */
} Hanging;

static Err consume_and_hang(void *arg, Ctx *own, Str payload)
{
    Hanging *self = arg;
    if (!self->has_hung) {
        self->has_hung = true;
        latch_add(&self->entered);
        latch_wait(&self->let_go, 1);
    }
    heard_add(&self->heard, payload);
    return OK;
}

static Err hear(void *arg, Ctx *own, Str payload)
{
    heard_add(arg, payload);
    return OK;
}

#define MANY_EVENTS 600 /* more than an outbox takes at once */

static Err add_many(Tx *tx, Ctx *own, void *arg)
{
    for (int i = 0; i < MANY_EVENTS; i++) {
        Err err = outbox_add(arg, tx, own, "a.many", NULL, str_fmt(own->arena, "%d", i));
        if (err) return err;
    }
    return OK;
}

/* As services publish: through an outbox. */
TEST(a_consumer_that_hangs_holds_up_no_other_and_gets_all_in_order)
{
    static const OutboxQueries queries = OUTBOX_QUERIES(CONTRACT);
    TempDir dir = temp_dir_new();
    Hanging hanging = { .has_hung = false };
    Heard good;
    Db *db;
    StrBuf want;
    strbuf_init(&want, ctx->arena);
    for (int i = 0; i < MANY_EVENTS; i++) strbuf_fmt(&want, "%d\n", i);
    heard_init(&hanging.heard);
    heard_init(&good);
    latch_init(&hanging.entered);
    latch_init(&hanging.let_go);

    CHECK_OK(ctx, sqlite_open(ctx, dir.path, &contract_schema, NULL, &db), "open");
    Outbox *outbox = outbox_open("contract", db, &queries, NULL, bus);
    bus_consume(bus, "hanging", everything, consume_and_hang, &hanging);
    bus_consume(bus, "good", everything, hear, &good);
    outbox_start(outbox);
    CHECK_OK(ctx, db_write(db, ctx, add_many, outbox), "add");
    latch_wait(&hanging.entered, 1);
    heard_check(&good, MANY_EVENTS, str_cstr(ctx->arena, strbuf_str(&want)), "the other one");
    assert_int_equal(latch_count(&hanging.heard.latch), 0);
    latch_add(&hanging.let_go);
    heard_check(&hanging.heard, MANY_EVENTS, str_cstr(ctx->arena, strbuf_str(&want)), "who hung");

    bus_stop(bus);
    outbox_close(outbox);
    db_free(db);
    temp_dir_done(&dir);
    heard_done(&hanging.heard);
    heard_done(&good);
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
    bus_stop(bus);
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
    bus_stop(bus);
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
        EACH(a_consumer_gets_the_topics_it_named),
        EACH(an_event_comes_again_when_that_can_help),
        EACH(a_consumer_that_fails_keeps_nothing_from_the_others),
        EACH(a_consumer_that_hangs_holds_up_no_other_and_gets_all_in_order),
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
