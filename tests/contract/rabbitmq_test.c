/* What happens to the bus when RabbitMQ, a consumer or an event is not as it should be. On a real RabbitMQ. */
#include <amqp_tcp_socket.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "base/log.h"
#include "heard.h"
#include "rabbitmq_fixture.h"
#include "runtime/thread.h"

static Ctx *ctx;

static int set_up(void **state)
{
    ctx = test_ctx_new();
    return 0;
}

static int tear_down(void **state)
{
    ctx_freep(&ctx);
    return 0;
}

static const char *const everything[] = { "*", NULL };

static Err hear(void *arg, Ctx *own, Str payload)
{
    heard_add(arg, payload);
    return OK;
}

static void publish_until_ok(Bus *bus, const char *payload)
{
    int64_t until_ms = clock_monotonic_ms() + 60000;
    while (bus_publish(bus, ctx, STR("a.test"), str_of(payload))) {
        if (clock_monotonic_ms() > until_ms) fail_msg("%s", ctx->err_text);
        ctx_clear(ctx);
        sched_yield();
    }
}

/* --- a broker that is killed --- */

enum { EVENTS = 20000, PER_CALL = 100 };

typedef struct Counting {
    _Atomic int n_heard;
    int seen[EVENTS];
    int highest;
} Counting;

static Err count_event(void *arg, Ctx *own, Str payload)
{
    Counting *counting = arg;
    uint64_t number;
    if (!str_to_u64(payload, EVENTS - 1, &number)) return ctx_fail(own, ERR_INVALID, "not a number");
    if (counting->seen[number]++ == 0) atomic_fetch_add(&counting->n_heard, 1);
    return OK;
}

typedef struct Publishing {
    Bus *bus;
    int64_t until_ms;
    _Atomic int n_published, n_failures;
} Publishing;

/* As an outbox does it. */
static void publish_all(void *arg)
{
    Publishing *publishing = arg;
    for (int at = 0; at < EVENTS && clock_monotonic_ms() < publishing->until_ms;) {
        _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
        BusEvent events[PER_CALL];
        size_t n = 0, done;
        for (; n < PER_CALL && at + (int)n < EVENTS; n++)
            events[n] = (BusEvent){ STR("a.test"), STR(""), str_fmt(own->arena, "%d", at + (int)n) };
        if (bus_publish_many(publishing->bus, own, events, n, &done)) {
            atomic_fetch_add(&publishing->n_failures, 1);
            sched_yield();
        }
        at += (int)done;
        atomic_store(&publishing->n_published, at);
    }
}

TEST(a_broker_that_is_away_at_start_is_found_later)
{
    Heard heard;
    heard_init(&heard);
    const RabbitmqQueue queue = { "test", everything };
    const RabbitmqConfig config = { .prefix = STR("away"), .queues = &queue, .n_queues = 1 };
    bus_free(rabbitmq_fixture_open(&config));
    server_do("stop");
    Bus *bus = rabbitmq_fixture_open(&config);
    bus_consume(bus, "test", everything, hear, &heard);
    CHECK_ERR(bus_publish(bus, ctx, STR("a.test"), STR("too early")), ERR_UNAVAILABLE, "publish");
    ctx_clear(ctx);
    server_do("start");
    publish_until_ok(bus, "in time");
    heard_check(&heard, 1, "in time\n", "heard");
    bus_free(bus);
    heard_done(&heard);
}

/* With what the broker says of its queues when it has not been as many in time. */
static void wait_for_count(_Atomic int *count, int wanted, int64_t until_ms, const char *what)
{
    char queues[2048] = "";
    while (atomic_load(count) < wanted && clock_monotonic_ms() < until_ms) sched_yield();
    if (atomic_load(count) >= wanted) return;
    server_ask("queues", queues, sizeof queues);
    fail_msg("%d of %d %s; %s", atomic_load(count), wanted, what, queues);
}

/* "settle": a queue that is too young would be forgotten by the broker, which is not what this is about (docs/adr/0012). */
TEST(a_broker_killed_between_publish_and_confirm_loses_nothing)
{
    static Counting counting;
    const RabbitmqQueue queue = { "test", everything };
    const RabbitmqConfig config = { .prefix = STR("mid-run"), .queues = &queue, .n_queues = 1 };
    static Publishing publishing; /* its thread may outlive a test that fails */
    publishing = (Publishing){ .bus = rabbitmq_fixture_open(&config), .until_ms = clock_monotonic_ms() + 120000 };
    server_do("settle");
    bus_consume(publishing.bus, "test", everything, count_event, &counting);
    pthread_t thread = thread_start("publish", THREAD_WORKER, publish_all, &publishing);
    wait_for_count(&publishing.n_published, EVENTS / 10, publishing.until_ms, "published");
    wait_for_count(&counting.n_heard, 1, publishing.until_ms, "heard");
    server_do("kill");
    CHECK(atomic_load(&publishing.n_published) < EVENTS, "it was killed in mid-run");
    server_do("start");
    wait_for_count(&publishing.n_published, EVENTS, publishing.until_ms, "published");
    pthread_join(thread, NULL);
    wait_for_count(&counting.n_heard, EVENTS, publishing.until_ms, "heard");
    CHECK(atomic_load(&publishing.n_failures) > 0, "it was noticed");
    CHECK_OK(ctx, bus_check(publishing.bus, ctx), "it works again");
    bus_free(publishing.bus);
}

TEST(a_broker_that_stands_still_is_noticed_and_left)
{
    static const RabbitmqConfig config = { .confirm_timeout_ms = 500 };
    Bus *bus = rabbitmq_fixture_open(&config);
    publish_until_ok(bus, "before");
    server_do("pause");
    CHECK_ERR(bus_publish(bus, ctx, STR("a.test"), STR("while")), ERR_UNAVAILABLE, "publish");
    ctx_clear(ctx);
    CHECK_ERR(bus_check(bus, ctx), ERR_UNAVAILABLE, "ready");
    ctx_clear(ctx);
    server_do("resume");
    publish_until_ok(bus, "after");
    bus_free(bus);
}

/* --- consumers that end --- */

/* In a process of its own: tells that the event came, and never handles it. */
static int told_fd;
static Err tell_and_hang(void *arg, Ctx *own, Str payload)
{
    if (write(told_fd, "x", 1) != 1) _exit(1);
    for (;;) pause();
}

TEST(what_a_killed_consumer_had_not_handled_goes_to_the_next)
{
    const RabbitmqConfig config = { .prefix = STR("killed") };
    int fds[2];
    char byte;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork(); /* no other thread runs now */
    if (child == 0) {
        told_fd = fds[1];
        bus_consume(rabbitmq_fixture_open(&config), "test", everything, tell_and_hang, NULL);
        for (;;) pause();
    }
    Bus *bus = rabbitmq_fixture_open(
        &(RabbitmqConfig){ .prefix = config.prefix, .queues = &(RabbitmqQueue){ "test", everything }, .n_queues = 1 });
    for (int i = 1; i <= 3; i++) publish_until_ok(bus, str_fmt(ctx->arena, "%d", i).ptr);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);

    Heard heard;
    heard_init(&heard);
    bus_consume(bus, "test", everything, hear, &heard);
    heard_check(&heard, 3, "1\n2\n3\n", "all of them, in order");
    bus_free(bus);
    heard_done(&heard);
    close(fds[0]);
    close(fds[1]);
}

TEST(what_is_published_before_a_consumer_first_starts_waits_for_it)
{
    const RabbitmqQueue queue = { "later", everything };
    const RabbitmqConfig config = { .prefix = STR("early"), .queues = &queue, .n_queues = 1 };
    Heard heard;
    heard_init(&heard);
    Bus *first = rabbitmq_fixture_open(&config);
    publish_until_ok(first, "waits");
    bus_free(first);
    Bus *second = rabbitmq_fixture_open(&config);
    bus_consume(second, "later", everything, hear, &heard);
    heard_check(&heard, 1, "waits\n", "heard");
    bus_free(second);
    heard_done(&heard);
}

TEST(of_two_processes_with_one_consumer_one_gets_all_in_order_and_the_other_takes_over)
{
    const RabbitmqConfig config = { .prefix = STR("both") };
    Heard heard; /* shared: order over both is what matters */
    StrBuf want;
    heard_init(&heard);
    strbuf_init(&want, ctx->arena);
    Bus *one = rabbitmq_fixture_open(&config), *other = rabbitmq_fixture_open(&config);
    bus_consume(one, "test", everything, hear, &heard);
    bus_consume(other, "test", everything, hear, &heard);
    for (int i = 0; i < 200; i++) {
        Str text = str_fmt(ctx->arena, "%d", i);
        publish_until_ok(other, str_cstr(ctx->arena, text));
        strbuf_fmt(&want, "%d\n", i);
    }
    latch_wait(&heard.latch, 200);
    bus_free(one);
    publish_until_ok(other, "last");
    strbuf_add(&want, STR("last\n"));
    strbuf_add_char(&want, '\0');
    heard_check(&heard, 201, want.ptr, "each once, in order");
    bus_free(other);
    heard_done(&heard);
}

/* --- events that cannot be handled --- */

static Err refuse_poison(void *arg, Ctx *own, Str payload)
{
    if (str_eq(payload, STR("poison"))) return ctx_fail(own, ERR_INVALID, "as the test wants it");
    heard_add(arg, payload);
    return OK;
}

static amqp_connection_state_t connect_directly(void)
{
    struct amqp_connection_info info;
    static char url[200];
    snprintf(url, sizeof url, "%s", server_url("MOLVA_TEST_RABBITMQ"));
    assert_int_equal(amqp_parse_url(url, &info), AMQP_STATUS_OK);
    amqp_connection_state_t conn = amqp_new_connection();
    assert_int_equal(amqp_socket_open(amqp_tcp_socket_new(conn), info.host, info.port), AMQP_STATUS_OK);
    amqp_rpc_reply_t reply = amqp_login(conn, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    assert_int_equal(reply.reply_type, AMQP_RESPONSE_NORMAL);
    amqp_channel_open(conn, 1);
    return conn;
}

/* Takes a message off a queue, waiting for it; copies its id and trace. */
static void take(amqp_connection_state_t conn, const char *queue, char id[33], char trace[33])
{
    int64_t until_ms = clock_monotonic_ms() + 20000;
    amqp_message_t message;
    amqp_rpc_reply_t reply;
    do {
        reply = amqp_basic_get(conn, 1, amqp_cstring_bytes(queue), 1);
        assert_int_equal(reply.reply_type, AMQP_RESPONSE_NORMAL);
        if (clock_monotonic_ms() > until_ms) fail_msg("nothing in %s", queue);
    } while (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD);
    assert_int_equal(amqp_read_message(conn, 1, &message, 0).reply_type, AMQP_RESPONSE_NORMAL);
    snprintf(id, 33, "%.*s", (int)message.properties.message_id.len, (char *)message.properties.message_id.bytes);
    snprintf(trace, 33, "%.*s", (int)message.properties.correlation_id.len,
             (char *)message.properties.correlation_id.bytes);
    amqp_destroy_message(&message);
}

TEST(what_can_never_be_handled_is_set_aside_and_stands_in_nobodys_way)
{
    const RabbitmqConfig config = { .prefix = STR("poison") };
    Heard heard;
    char ids[2][33], trace[33];
    heard_init(&heard);
    Bus *bus = rabbitmq_fixture_open(&config);
    bus_consume(bus, "test", everything, refuse_poison, &heard);
    snprintf(ctx->trace_id, sizeof ctx->trace_id, "0123456789abcdef0123456789abcdef");
    publish_until_ok(bus, "first");
    publish_until_ok(bus, "poison");
    publish_until_ok(bus, "poison"); /* as after an answer that was lost */
    publish_until_ok(bus, "last");
    heard_check(&heard, 2, "first\nlast\n", "what can be handled");

    amqp_connection_state_t conn = connect_directly();
    for (int i = 0; i < 2; i++) {
        take(conn, "poison.test.dead", ids[i], trace);
        assert_string_equal(trace, ctx->trace_id);
    }
    assert_string_equal(ids[0], ids[1]);
    assert_int_equal(strlen(ids[0]), 32);
    amqp_destroy_connection(conn);
    bus_free(bus);
    heard_done(&heard);
}

/* The leak checker of AddressSanitizer sees what is left: now and then the publisher's thread has not begun. */
TEST(a_bus_that_is_closed_at_once_leaves_nothing_open)
{
    for (int i = 0; i < 30; i++) bus_free(rabbitmq_fixture_open(NULL));
}

/* --- what is told at start --- */

static const struct {
    const char *label, *url;
} bad_urls[] = {
    { "another scheme", "http://localhost" },
    { "TLS", "amqps://localhost" },
    { "a port that is none", "amqp://localhost:port" },
    { "a password", "amqp://me:secret@localhost" },
};
TEST_EACH(a_url_that_cannot_work_is_refused, bad_urls, c)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    RabbitmqConfig config = { .url = str_of(c->url) };
    Bus *bus = NULL;
    CHECK_ERR(rabbitmq_open(own, &config, &bus), ERR_INVALID, c->label);
    CHECK(strstr(own->err_text, "secret") == NULL, "the password is not told");
}

TEST(a_wrong_password_is_told_at_start)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    RabbitmqConfig config = { .url = str_of(server_url("MOLVA_TEST_RABBITMQ")), .password = STR("wrong") };
    Bus *bus = NULL;
    CHECK_ERR(rabbitmq_open(own, &config, &bus), ERR_INVALID, "password");
    CHECK(strstr(own->err_text, "wrong") == NULL, "the password is not told");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_a_killed_consumer_had_not_handled_goes_to_the_next), /* forks: first */
        EACH(what_is_published_before_a_consumer_first_starts_waits_for_it),
        EACH(of_two_processes_with_one_consumer_one_gets_all_in_order_and_the_other_takes_over),
        EACH(what_can_never_be_handled_is_set_aside_and_stands_in_nobodys_way),
        cmocka_unit_test(a_bus_that_is_closed_at_once_leaves_nothing_open),
        cmocka_unit_test(a_url_that_cannot_work_is_refused),
        EACH(a_wrong_password_is_told_at_start),
        EACH(a_broker_that_stands_still_is_noticed_and_left),
        EACH(a_broker_that_is_away_at_start_is_found_later),
        EACH(a_broker_killed_between_publish_and_confirm_loses_nothing),
    };
    log_setup(LOG_OFF, false);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
