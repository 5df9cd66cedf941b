/* The outbox over each database driver, with pubsub and bus in memory: nothing is lost, nothing waits for another, nothing unsaid is published. */
#include "ports/outbox.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "adapters/memory/bus.h"
#include "adapters/memory/pubsub.h"
#include "base/log.h"
#include "engine.h"
#include "heard.h"
#include "ports/labelled_metric.h"
#include "support/faulty.h"

static const OutboxQueries queries = OUTBOX_QUERIES(CONTRACT);
static const char *const everything[] = { "*", NULL };

/* A server, as far as the outbox is concerned. */
typedef struct World {
    Db *db;
    Pubsub *pubsub;
    Bus *bus;
    Outbox *outbox;
    Heard live, bus_heard;
    /* atomic */
    atomic_bool bus_is_down;
    Latch tried; /* by a relay, while it was down */
} World;

static const Engine *engine; /* the one under test */
static TempDir dir;
static const char *place;
static World world;

static void new_place(void)
{
    dir = temp_dir_new();
    place = engine->new_place ? engine->new_place() : dir.path;
}

static void hear_live(void *arg, Str topic, Str payload)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    heard_add(arg, str_fmt(ctx->arena, "%.*s %.*s", STR_ARG(topic), STR_ARG(payload)));
}

static Err hear_bus(void *arg, Ctx *ctx, Str payload)
{
    World *self = arg;
    if (atomic_load(&self->bus_is_down)) {
        latch_add(&self->tried);
        return ctx_fail(ctx, ERR_UNAVAILABLE, "the test's consumer is down");
    }
    heard_add(&self->bus_heard, payload);
    return OK;
}

/* faults may be NULL. */
static void world_open(Faults *faults)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    world = (World){ .pubsub = memory_pubsub_new(), .bus = memory_bus_new() };
    heard_init(&world.live);
    heard_init(&world.bus_heard);
    latch_init(&world.tried);
    CHECK_OK(ctx, engine->open(ctx, place, &contract_schema, &world.db), "open");
    if (faults) {
        world.db = faulty_db_new(world.db, faults);
        world.pubsub = faulty_pubsub_new(world.pubsub, faults);
        world.bus = faulty_bus_new(world.bus, faults);
    }
    pubsub_attach(world.pubsub, hear_live, NULL, &world.live);
    bus_consume(world.bus, "test", everything, hear_bus, &world);
    world.outbox = outbox_open("contract", world.db, &queries, world.pubsub, world.bus);
}

static void world_close(void)
{
    outbox_close(world.outbox);
    db_free(world.db);
    bus_free(world.bus);
    pubsub_free(world.pubsub);
    heard_done(&world.live);
    heard_done(&world.bus_heard);
    world = (World){ .db = NULL };
}

static int set_up(void **state)
{
    new_place();
    world_open(NULL);
    return 0;
}

static int tear_down(void **state)
{
    world_close();
    temp_dir_done(&dir);
    return 0;
}

/* One event, and what the transaction shall answer. */
typedef struct Event {
    const char *bus_topic;
    const char *const *live_topics;
    Str payload;
    Err answer;
} Event;

static const char *const one_topic[] = { "chat", NULL };
static const char *const two_topics[] = { "chat", "user", NULL };

static Err add_event(Tx *tx, Ctx *ctx, void *arg)
{
    const Event *event = arg;
    Err err = outbox_add(world.outbox, tx, ctx, event->bus_topic, event->live_topics, event->payload);
    return err ? err : event->answer;
}

static Err try_add(const char *bus_topic, const char *const *live_topics, const char *payload)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Event event = { bus_topic, live_topics, str_of(payload), OK };
    return db_write(world.db, ctx, add_event, &event);
}

static void add(const char *bus_topic, const char *const *live_topics, const char *payload)
{
    CHECK_ERR(try_add(bus_topic, live_topics, payload), OK, payload);
}

static Err count_rows(Tx *tx, Ctx *ctx, void *arg)
{
    static const int lists[] = { CONTRACT_Q_OUTBOX_LIVE_LIST, CONTRACT_Q_OUTBOX_BUS_LIST };
    int n = 0;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        _cleanup_(rows_done) Rows rows = { 0 };
        Err err = tx_query(tx, ctx, lists[i], DB_ARGS(db_int(0), db_int(1000)), &rows);
        if (err) return err;
        while (rows_next(&rows)) n++;
        if (rows_err(&rows)) return rows_err(&rows);
    }
    *(int *)arg = n;
    return OK;
}

static int rows_left(void)
{
    int rows = 0;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, db_read(world.db, ctx, count_rows, &rows), "count");
    return rows;
}

static void close_outbox(void)
{
    outbox_close(world.outbox);
    world.outbox = NULL;
}

TEST(an_event_goes_where_it_belongs_and_its_row_is_removed)
{
    outbox_start(world.outbox);
    add("a.both", two_topics, "1");
    add("", one_topic, "2");
    add("a.bus", NULL, "3");
    heard_check(&world.live, 3, "chat 1\nuser 1\nchat 2\n", "live");
    heard_check(&world.bus_heard, 2, "1\n3\n", "bus");
    close_outbox();
    assert_int_equal(rows_left(), 0);
}

TEST(rows_are_removed_without_further_events)
{
    outbox_start(world.outbox);
    add("a.b", one_topic, "1");
    heard_check(&world.bus_heard, 1, "1\n", "bus");
    int64_t until_ms = clock_monotonic_ms() + 20000;
    while (rows_left() > 0)
        if (clock_monotonic_ms() > until_ms) fail_msg("still there");
}

TEST(an_event_of_a_change_that_failed_is_never_published)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Event event = { "a.b", one_topic, STR("undone"), ERR_CONFLICT };
    outbox_start(world.outbox);
    CHECK_ERR(db_write(world.db, ctx, add_event, &event), ERR_CONFLICT, "undone");
    add("a.b", one_topic, "done");
    heard_check(&world.live, 1, "chat done\n", "live");
    heard_check(&world.bus_heard, 1, "done\n", "bus");
}

/* Adds `n` events and what is then heard of them. */
static void add_many(Ctx *ctx, int n, StrBuf *want_live, StrBuf *want_bus)
{
    static int number;
    for (int i = 0; i < n; i++, number++) {
        add("a.b", one_topic, str_fmt(ctx->arena, "%d", number).ptr);
        strbuf_fmt(want_live, "chat %d\n", number);
        strbuf_fmt(want_bus, "%d\n", number);
    }
}

TEST(many_events_keep_their_order)
{
    enum { BEFORE = 600, AFTER = 100 }; /* what waits takes several reads, with no commit in between */
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    StrBuf want_live, want_bus;
    strbuf_init(&want_live, ctx->arena);
    strbuf_init(&want_bus, ctx->arena);

    add_many(ctx, BEFORE, &want_live, &want_bus);
    outbox_start(world.outbox);
    latch_wait(&world.live.latch, BEFORE);
    latch_wait(&world.bus_heard.latch, BEFORE);
    add_many(ctx, AFTER, &want_live, &want_bus);
    heard_check(&world.live, BEFORE + AFTER, str_cstr(ctx->arena, strbuf_str(&want_live)), "live");
    heard_check(&world.bus_heard, BEFORE + AFTER, str_cstr(ctx->arena, strbuf_str(&want_bus)), "bus");
    close_outbox();
    assert_int_equal(rows_left(), 0);
}

/* `n` events of one transaction, numbered from `first`. */
typedef struct Burst {
    int first, n;
} Burst;

static Err add_burst(Tx *tx, Ctx *ctx, void *arg)
{
    const Burst *burst = arg;
    for (int i = burst->first; i < burst->first + burst->n; i++) {
        Err err = outbox_add(world.outbox, tx, ctx, "a.b", one_topic, str_fmt(ctx->arena, "%d", i));
        if (err) return err;
    }
    return OK;
}

/* Sizes around those of the pages, one after the other, so that each finds another number of rows behind it that are not
 * removed yet. */
TEST(a_burst_of_any_size_goes_out_without_a_further_commit)
{
    static const int sizes[] = { 1, 256, 1, 255, 257, 63, 512, 64, 511, 65, 513, 600 };
    int added = 0;
    outbox_start(world.outbox);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        Burst burst = { added, sizes[i] };
        CHECK_OK(ctx, db_write(world.db, ctx, add_burst, &burst), "burst");
        added += burst.n;
        latch_wait(&world.live.latch, added);
        latch_wait(&world.bus_heard.latch, added);
    }
    close_outbox();
    assert_int_equal(rows_left(), 0);
}

TEST(live_events_do_not_wait_for_a_consumer_that_is_down)
{
    atomic_store(&world.bus_is_down, true);
    outbox_start(world.outbox);
    add("a.b", one_topic, "1");
    add("a.b", one_topic, "2");
    heard_check(&world.live, 2, "chat 1\nchat 2\n", "live");
    latch_wait(&world.tried, 2); /* it is tried again */
    atomic_store(&world.bus_is_down, false);
    heard_check(&world.bus_heard, 2, "1\n2\n", "bus, once it is up");
}

TEST(what_the_bus_has_not_taken_goes_out_after_a_restart)
{
    atomic_store(&world.bus_is_down, true);
    outbox_start(world.outbox);
    add("a.b", NULL, "1");
    add("a.b", NULL, "2");
    latch_wait(&world.tried, 1);
    world_close(); /* ends although the relay waits for its next try */

    world_open(NULL);
    assert_int_equal(rows_left(), 2);
    outbox_start(world.outbox);
    heard_check(&world.bus_heard, 2, "1\n2\n", "after the restart");
    close_outbox();
    assert_int_equal(rows_left(), 0);
}

static Err hear(void *arg, Ctx *ctx, Str payload)
{
    heard_add(arg, payload);
    return OK;
}

static int64_t lag_of(const char *consumer)
{
    static const Metric lag = METRIC_GAUGE_INIT("molva_outbox_lag", "");
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, outbox_measure_lag(world.outbox, ctx), "measure");
    Str labels = str_fmt(ctx->arena, "outbox=\"contract\",kind=\"bus\",consumer=\"%s\"", consumer);
    return labelled_metric(&lag, str_cstr(ctx->arena, labels))->value;
}

/* A cursor moves after its consumer has answered for the page, which the last event of it does not tell. */
static void lag_ends(const char *consumer)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;
    while (lag_of(consumer) > 0)
        if (clock_monotonic_ms() > until_ms) fail_msg("%s still lags", consumer);
}

/* More than a page each time. The consumer "test" is down; what the other one has handled stays until both have, whatever ends
 * in between. */
TEST(a_consumer_that_is_down_holds_up_no_other_and_loses_nothing)
{
    if (db_is_shared(world.db)) skip(); /* one relay, without a cursor */
    enum { EVENTS = 600 };
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Heard other;
    Burst burst = { 0, EVENTS };
    StrBuf want;
    strbuf_init(&want, ctx->arena);
    for (int i = 0; i < EVENTS; i++) strbuf_fmt(&want, "%d\n", i);
    heard_init(&other);

    atomic_store(&world.bus_is_down, true);
    bus_consume(world.bus, "other", everything, hear, &other);
    outbox_start(world.outbox);
    CHECK_OK(ctx, db_write(world.db, ctx, add_burst, &burst), "burst");
    heard_check(&other, EVENTS, str_cstr(ctx->arena, strbuf_str(&want)), "the other one, in order");
    latch_wait(&world.tried, 1);
    latch_wait(&world.live.latch, EVENTS);
    assert_int_equal(lag_of("test"), EVENTS);
    close_outbox();
    assert_int_equal(rows_left(), EVENTS);
    world_close();

    world_open(NULL);
    bus_consume(world.bus, "other", everything, hear, &other);
    outbox_start(world.outbox);
    heard_check(&world.bus_heard, EVENTS, str_cstr(ctx->arena, strbuf_str(&want)), "who was down, in order");
    latch_wait(&other.latch, EVENTS + EVENTS); /* it begins again where the slowest stood */
    lag_ends("test");
    lag_ends("other");
    close_outbox();
    assert_int_equal(rows_left(), 0);
    heard_done(&other);
}

TEST(an_outbox_that_never_started_keeps_its_events)
{
    add("a.b", one_topic, "1"); /* a row in each table */
    world_close();
    world_open(NULL);
    assert_int_equal(rows_left(), 2);
}

/* What a version with one table for both relays left behind. */
TEST(rows_of_the_one_table_of_old_go_out_in_their_order)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    DbSchema old = contract_schema;
    Db *db;
    old.n_queries = 0;
    old.n_migrations = 2;
    new_place();
    CHECK_OK(ctx, engine->open(ctx, place, &old, &db), "old");
    db_free(db);
    engine->run_sql(place, "INSERT INTO outbox (bus_topic, live_topics, trace_id, payload) VALUES "
                           "('a.b', 'chat\nuser', '', '1'), ('', 'chat', '', '2'), ('a.b', '', '', '3')");

    world_open(NULL);
    assert_int_equal(rows_left(), 4);
    outbox_start(world.outbox);
    heard_check(&world.live, 3, "chat 1\nuser 1\nchat 2\n", "live");
    heard_check(&world.bus_heard, 2, "1\n3\n", "bus");
    tear_down(NULL);
}

/* A process that is killed while events are on their way. */

static void child_main(int acknowledge_fd)
{
    world_open(NULL);
    outbox_start(world.outbox);
    for (uint32_t i = 0;; i++) {
        char text[16];
        snprintf(text, sizeof text, "%u", i);
        atomic_store(&world.bus_is_down, i % 50 == 49); /* so that something is always left */
        if (try_add("a.b", NULL, text) == OK && write(acknowledge_fd, &i, sizeof i) != sizeof i) _exit(0);
    }
}

TEST(an_acknowledged_event_is_published_although_the_process_was_killed)
{
    enum { ACKNOWLEDGED = 120 };
    int pipe_fds[2];
    uint32_t last = 0;
    new_place();
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) child_main(pipe_fds[1]);
    close(pipe_fds[1]);
    while (last < ACKNOWLEDGED) assert_int_equal(read(pipe_fds[0], &last, sizeof last), sizeof last);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(pipe_fds[0]);

    /* What is left goes out in order; the newest acknowledged one, whose consumer was down or behind, is among it or was
     * handled before. A row is removed only after its event was handled, so no gap can stand between. */
    world_open(NULL);
    int left = rows_left();
    outbox_start(world.outbox);
    latch_wait(&world.bus_heard.latch, left);
    close_outbox();
    assert_int_equal(rows_left(), 0);
    uint64_t number, before = 0;
    bool is_first = true;
    Str lines = strbuf_str(&world.bus_heard.lines);
    while (lines.len) {
        assert_true(str_to_u64(str_cut(&lines, '\n'), UINT32_MAX, &number));
        assert_true(is_first || number == before + 1);
        before = number;
        is_first = false;
    }
    assert_true(is_first || before >= last);
    tear_down(NULL);
}

/* Every line of `want` was heard, in its order; some perhaps twice. */
static void check_all_heard(Heard *heard, const char *want)
{
    Str missing = str_of(want), lines = strbuf_str(&heard->lines);
    while (lines.len && missing.len) {
        Str rest = missing;
        if (str_eq(str_cut(&lines, '\n'), str_cut(&rest, '\n'))) missing = rest;
    }
    CHECK_STR(missing, STR(""), "not heard");
}

/* Whatever call fails, what db_write() said OK to goes out, and in the end nothing is left. */
TEST(no_single_fault_loses_an_event)
{
    Faults faults = { .err = ERR_UNAVAILABLE };
    new_place();
    for_each_fault(&faults)
    {
        char want_live[64] = "", want_bus[64] = "";
        world_open(&faults);
        outbox_start(world.outbox);
        int good = 0;
        for (int i = 0; i < 3; i++) {
            char text[2] = { (char)('0' + i), 0 };
            if (try_add("a.b", one_topic, text)) continue;
            good++;
            snprintf(want_live + strlen(want_live), sizeof want_live - strlen(want_live), "chat %s\n", text);
            snprintf(want_bus + strlen(want_bus), sizeof want_bus - strlen(want_bus), "%s\n", text);
        }
        assert_true(good >= 2);
        latch_wait(&world.live.latch, good);
        latch_wait(&world.bus_heard.latch, good);
        close_outbox();
        check_all_heard(&world.live, want_live);
        check_all_heard(&world.bus_heard, want_bus);
        world_close(); /* a row whose removal failed goes out again, and is then removed */
        world_open(NULL);
        outbox_start(world.outbox);
        close_outbox();
        assert_int_equal(rows_left(), 0);
        world_close();
    }
    temp_dir_done(&dir);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_acknowledged_event_is_published_although_the_process_was_killed), /* first: it forks */
        EACH(an_event_goes_where_it_belongs_and_its_row_is_removed),
        EACH(rows_are_removed_without_further_events),
        EACH(an_event_of_a_change_that_failed_is_never_published),
        EACH(many_events_keep_their_order),
        EACH(a_burst_of_any_size_goes_out_without_a_further_commit),
        EACH(live_events_do_not_wait_for_a_consumer_that_is_down),
        EACH(what_the_bus_has_not_taken_goes_out_after_a_restart),
        EACH(a_consumer_that_is_down_holds_up_no_other_and_loses_nothing),
        EACH(an_outbox_that_never_started_keeps_its_events),
        cmocka_unit_test(rows_of_the_one_table_of_old_go_out_in_their_order),
        cmocka_unit_test(no_single_fault_loses_an_event),
    };
    int failed = 0;
    log_setup(LOG_OFF, false);
    for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
        engine = &engines[i];
        failed += cmocka_run_group_tests_name(engine->name, tests, NULL, NULL);
    }
    return failed;
}
