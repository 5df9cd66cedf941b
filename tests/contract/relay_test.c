/* A relay of the outbox, turn by turn, with a clock moved by hand: whatever is committed, whenever it is woken, everything goes
 * out in its order without a further commit, and the lag tells what waits. On each database engine. */
#include "ports/outbox_relay.h"

#include "base/log.h"
#include "engine.h"
#include "fixture.h"
#include "ports/labelled_metric.h"

#define SEEDS     40
#define STEPS     30
#define TURNS_MAX 2000 /* of a whole story; far more than any needs */

static const OutboxQueries queries = OUTBOX_QUERIES(CONTRACT);
static const char *const one_topic[] = { "chat", NULL };
static const Engine *engine; /* the one under test */
static int64_t clock_ms;

/* One relay, the thread that would run it, and what it has published. */
typedef struct Story {
    Db *db;
    Outbox *outbox; /* adds rows; is never started */
    Relay *relay;
    uint64_t rng;
    int committed, published; /* events, numbered from 0 */
    int turns;
    bool faulty;    /* publishing may fail */
    bool owes_wake; /* a commit has not woken the relay yet */
    bool is_woken;  /* the thread would run at once ... */
    int64_t due_ms; /* ... or else at this time */
    Metric *lag;    /* what it shows */
} Story;

static Story story;

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016). */
static unsigned chance(unsigned n)
{
    story.rng ^= story.rng >> 12;
    story.rng ^= story.rng << 25;
    story.rng ^= story.rng >> 27;
    return (unsigned)((story.rng * 2685821657736338717u) >> 33) % n;
}

static int64_t now_by_hand(void)
{
    return clock_ms;
}

static Err publish(void *target, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    bool fails = story.faulty && chance(4) == 0;
    size_t n_done = fails ? chance((unsigned)n + 1) : n;
    for (size_t i = 0; i < n_done; i++, story.published++) {
        uint64_t number;
        assert_true(str_to_u64(events[i].payload, UINT32_MAX, &number));
        assert_int_equal(number, story.published);
    }
    *out_done = n_done;
    return fails ? ctx_fail(ctx, ERR_UNAVAILABLE, "a fault of the test") : OK;
}

static void story_open(uint64_t seed, const char *place)
{
    static const Metric lag = METRIC_GAUGE_INIT("molva_outbox_lag", "");
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    story = (Story){ .rng = seed * 0x9E3779B97F4A7C15u + 1, .is_woken = true };
    CHECK_OK(ctx, engine->open(ctx, place, &contract_schema, &story.db), "open");
    story.outbox = outbox_open("contract", story.db, &queries, NULL, NULL);
    story.relay = relay_new(&(RelayConfig){ .outbox = "contract",
                                            .kind = "live",
                                            .db = story.db,
                                            .queries = &queries.live,
                                            .publish = publish,
                                            .now_ms = now_by_hand });
    story.lag = labelled_metric(&lag, "outbox=\"contract\",kind=\"live\"");
}

static void story_close(void)
{
    relay_free(story.relay);
    outbox_close(story.outbox);
    db_free(story.db);
}

/* A commit of n events, or a change that is undone and leaves a gap where ids are not given twice. */
typedef struct Burst {
    int n;
    Err answer;
} Burst;

static Err add_burst(Tx *tx, Ctx *ctx, void *arg)
{
    const Burst *burst = arg;
    for (int i = 0; i < burst->n; i++) {
        Str number = str_fmt(ctx->arena, "%d", story.committed + i);
        Err err = outbox_add(story.outbox, tx, ctx, "", one_topic, number);
        if (err) return err;
    }
    return burst->answer;
}

/* Sizes around those of the pages, and around what gathers before it is removed. */
static void commit(void)
{
    static const int sizes[] = { 1, 2, 63, 64, 65, 255, 256, 257, 511, 512, 513, 600 };
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Burst burst = { sizes[chance(ARRAY_LEN(sizes))], chance(5) ? OK : ERR_CONFLICT };
    if (burst.answer) burst.n = 1 + (int)chance(3);
    CHECK_ERR(db_write(story.db, ctx, add_burst, &burst), burst.answer, "commit");
    if (burst.answer) return;
    story.committed += burst.n;
    story.owes_wake = true;
}

static void wake(void)
{
    if (!story.owes_wake) return;
    relay_wake(story.relay);
    story.owes_wake = false;
    story.is_woken = true;
}

static bool is_runnable(void)
{
    return story.is_woken || story.due_ms <= clock_ms;
}

static void run_thread(void)
{
    if (!is_runnable()) return;
    story.is_woken = false;
    story.due_ms = relay_turn(story.relay);
    if (++story.turns > TURNS_MAX) fail_msg("%s: it never comes to rest", engine->name);
}

static void check_lag(void)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    int64_t waiting = story.committed - story.published;
    CHECK_OK(ctx, relay_measure_lag(story.relay, ctx), "lag");
    if (db_is_shared(story.db)) /* gaps count too */
        assert_true(story.lag->value >= waiting && (story.lag->value > 0) == (waiting > 0));
    else
        assert_int_equal(story.lag->value, waiting);
}

static void take_step(void)
{
    switch (chance(5)) {
    case 0: commit(); break;
    case 1: wake(); break;
    case 2: clock_ms += chance(100); break;
    default: run_thread(); break;
    }
    check_lag();
}

/* Nothing happens any more but that the last wake arrives and time passes. Of a shared database the relay looks now and then
 * for ever; otherwise it comes to rest by itself. */
static void settle(void)
{
    story.faulty = false;
    wake();
    while (is_runnable() ||
           (db_is_shared(story.db) ? story.published < story.committed : story.due_ms != RELAY_NEVER)) {
        if (!is_runnable()) clock_ms = story.due_ms;
        run_thread();
    }
}

static Err count_rows(Tx *tx, Ctx *ctx, void *arg)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, queries.live.list, DB_ARGS(db_int(0), db_int(TURNS_MAX)), &rows);
    for (*(int *)arg = 0; !err && rows_next(&rows);) ++*(int *)arg;
    return err ? err : rows_err(&rows);
}

static int rows_left(void)
{
    int rows;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, db_read(story.db, ctx, count_rows, &rows), "count");
    return rows;
}

static void tell(uint64_t seed, const char *place)
{
    story_open(seed, place);
    story.faulty = seed % 2;
    for (int i = 0; i < STEPS; i++) take_step();
    settle();
    check_lag();
    if (story.published != story.committed)
        fail_msg("%s, seed %d: %d of %d events are out", engine->name, (int)seed, story.published, story.committed);
    assert_int_equal(rows_left(), 0);
    story_close();
}

TEST(everything_goes_out_in_order_whatever_is_committed_and_whenever_it_is_woken)
{
    TempDir dir = temp_dir_new();
    const char *place = engine->new_place ? engine->new_place() : dir.path;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) tell(seed, place);
    temp_dir_done(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_goes_out_in_order_whatever_is_committed_and_whenever_it_is_woken),
    };
    int failed = 0;
    log_setup(LOG_OFF, false);
    for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
        engine = &engines[i];
        failed += cmocka_run_group_tests_name(engine->name, tests, NULL, NULL);
    }
    return failed;
}
