/* What is special about the driver "postgres": processes that share a database, races, connections that break. */
#include <signal.h>
#include <sys/wait.h>

#include "adapters/memory/bus.h"
#include "adapters/memory/pubsub.h"
#include "auth_queries.h"
#include "base/log.h"
#include "group_queries.h"
#include "heard.h"
#include "message_queries.h"
#include "notification_queries.h"
#include "ports/outbox.h"
#include "support/cut_proxy.h"
#include "support/postgres_db.h"

static const char *url;
static Ctx *ctx;
static Db *db;

static int set_up(void **state)
{
    url = postgres_test_url();
    ctx = test_ctx_new();
    CHECK_OK(ctx, postgres_test_open(ctx, url, &contract_schema, 4, &db), "open");
    return 0;
}

static int tear_down(void **state)
{
    db_free(db);
    db = NULL;
    ctx_freep(&ctx);
    return 0;
}

/* Opening */

TEST(every_query_of_every_service_is_one_that_the_server_takes)
{
    const DbSchema *const schemas[] = { &auth_schema, &group_schema, &message_schema, &notification_schema };
    for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
        Db *service;
        const char *own = postgres_test_url();
        CHECK_OK(ctx, postgres_test_open(ctx, own, schemas[i], 1, &service), schemas[i]->service);
        db_free(service);
        CHECK_OK(ctx, postgres_test_open(ctx, own, schemas[i], 1, &service), "again");
        db_free(service);
    }
}

static void *open_main(void *arg)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    Db *another;
    CHECK_OK(own, postgres_test_open(own, url, &contract_schema, 1, &another), "open");
    db_free(another);
    return NULL;
}

TEST(processes_that_start_at_once_migrate_once)
{
    enum { N = 6 };
    pthread_t threads[N];
    url = postgres_test_url(); /* empty */
    for (int i = 0; i < N; i++) assert_int_equal(pthread_create(&threads[i], NULL, open_main, NULL), 0);
    for (int i = 0; i < N; i++) pthread_join(threads[i], NULL);
    char count[64];
    postgres_test_sql(url, "SELECT count(*) FROM molva_migrations", count);
    assert_int_equal(atoi(count), contract_schema.n_migrations);
}

TEST(a_database_of_a_newer_program_is_refused)
{
    Db *older;
    DbSchema schema = contract_schema;
    schema.n_migrations--;
    CHECK_ERR(postgres_test_open(ctx, url, &schema, 1, &older), ERR_PRECONDITION, "older");
    assert_non_null(strstr(ctx->err_text, "newer Molva"));
}

static const struct {
    const char *label, *url, *word;
    Err want;
} bad_urls[] = {
    { "a password", "postgresql://a:secret@127.0.0.1:1/b", "file", ERR_INVALID },
    { "a password as a parameter", "postgresql://a@127.0.0.1:1/b?password=secret", "file", ERR_INVALID },
    { "no URL", "host=127.0.0.1", "URL", ERR_INVALID },
    { "an unknown parameter", "postgresql://127.0.0.1/b?nonsense=1", "libpq", ERR_INVALID },
    { "nobody there", "postgresql://a@127.0.0.1:1/b", "refused", ERR_UNAVAILABLE },
};
TEST_EACH(a_url_that_cannot_work_is_refused_with_the_reason, bad_urls, c)
{
    Db *none;
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    CHECK_ERR(postgres_test_open(own, c->url, &contract_schema, 1, &none), c->want, c->label);
    if (!strstr(own->err_text, c->word)) fail_msg("%s: %s", c->label, own->err_text);
    assert_null(strstr(own->err_text, "secret"));
}

/* Races */

static Err rename_both(Tx *tx, Ctx *own, void *arg)
{
    const Id *ids = arg;
    int64_t changed;
    Err err = tx_exec(tx, own, CONTRACT_Q_RENAME, DB_ARGS(db_id(ids[0]), db_null()), &changed);
    return err ? err : tx_exec(tx, own, CONTRACT_Q_RENAME, DB_ARGS(db_id(ids[1]), db_null()), &changed);
}

/* Renames two items, the one that the other thread has not taken last. */
typedef struct Crossing {
    const Id *ids;
    Latch *met;
} Crossing;

static Err rename_crossing(Tx *tx, Ctx *own, void *arg)
{
    const Crossing *crossing = arg;
    int64_t changed;
    Err err = tx_exec(tx, own, CONTRACT_Q_RENAME, DB_ARGS(db_id(crossing->ids[0]), db_null()), &changed);
    if (err) return err;
    latch_add(crossing->met);
    latch_wait(crossing->met, 2); /* each holds one; the one that runs again finds nobody to wait for */
    return tx_exec(tx, own, CONTRACT_Q_RENAME, DB_ARGS(db_id(crossing->ids[1]), db_null()), &changed);
}

TEST(a_deadlock_is_resolved_by_running_one_again)
{
    Latch met;
    Item a = new_item(STR("a")), b = new_item(STR("b"));
    Id there[] = { a.id, b.id }, back[] = { b.id, a.id };
    latch_init(&met);
    CHECK_OK(ctx, db_write(db, ctx, add_item, &a), "a");
    CHECK_OK(ctx, db_write(db, ctx, add_item, &b), "b");
    Crossing crossings[] = { { there, &met }, { back, &met } };
    Writing writings[] = { { .db = db, .fn = rename_crossing, .arg = &crossings[0] },
                           { .db = db, .fn = rename_crossing, .arg = &crossings[1] } };
    writing_start(&writings[0]);
    writing_start(&writings[1]);
    CHECK_ERR(writing_join(&writings[0]), OK, "there");
    CHECK_ERR(writing_join(&writings[1]), OK, "back");
    assert_true(latch_count(&met) >= 3); /* somebody ran again */
    CHECK_OK(ctx, db_write(db, ctx, rename_both, there), "nothing is locked any more");
}

/* Reads what all the others write, and takes its time: each commit meanwhile is a reason to lose. */
static Err count_and_add(Tx *tx, Ctx *own, void *arg)
{
    Err err = OK;
    for (int i = 0; !err && i < 20; i++) {
        _cleanup_(rows_done) Rows rows = { 0 };
        err = tx_first(tx, own, CONTRACT_Q_COUNT, DB_NO_ARGS, &rows);
    }
    return err ? err : add_item(tx, own, arg);
}

enum { CROWD = 32, CROWD_WRITES = 5 };

static void *write_in_crowd(void *arg)
{
    for (int i = 0; i < CROWD_WRITES; i++) {
        _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
        Item item = { .id = id_new(own->now_ms) };
        own->deadline_ms =
            clock_monotonic_ms() + 30000; /* as calls have one; who is not woken sleeps until then, and fails */
        CHECK_OK(own, db_write(arg, own, count_and_add, &item), "in the crowd");
    }
    return NULL;
}

TEST(serializable_writes_of_a_crowd_all_come_through)
{
    DbSchema strict = contract_schema;
    Db *crowded;
    pthread_t threads[CROWD];
    strict.serializable = true;
    CHECK_OK(ctx, postgres_test_open(ctx, url, &strict, CROWD, &crowded), "open");
    for (int i = 0; i < CROWD; i++) assert_int_equal(pthread_create(&threads[i], NULL, write_in_crowd, crowded), 0);
    for (int i = 0; i < CROWD; i++) pthread_join(threads[i], NULL);
    assert_int_equal(count_items(crowded), CROWD * CROWD_WRITES);
    db_free(crowded);
}

/* Connections that break */

static void end_all_connections(void)
{
    postgres_test_sql(url,
                      "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                      "WHERE datname = current_database() AND pid <> pg_backend_pid()",
                      NULL);
}

TEST(connections_that_were_closed_meanwhile_are_replaced)
{
    Item item = new_item(STR("x"));
    CHECK_OK(ctx, db_check(db, ctx), "opens one");
    end_all_connections();
    CHECK_OK(ctx, db_write(db, ctx, add_item, &item), "write");
    end_all_connections();
    assert_int_equal(count_items(db), 1);
}

/* Adds an item; in its first run all connections end in the middle. */
typedef struct Cut {
    Item item;
    int runs;
} Cut;

static Err add_and_be_cut(Tx *tx, Ctx *own, void *arg)
{
    Cut *cut = arg;
    int64_t changed;
    Err err = tx_exec(tx, own, CONTRACT_Q_ADD,
                      DB_ARGS(db_id(cut->item.id), db_text(cut->item.name), db_null(), db_null(), db_null()), &changed);
    if (!err && cut->runs++ == 0) end_all_connections();
    return err;
}

TEST(a_write_whose_connection_breaks_before_the_commit_runs_again)
{
    Cut cut = { .item = new_item(STR("x")) };
    CHECK_OK(ctx, db_write(db, ctx, add_and_be_cut, &cut), "write");
    assert_int_equal(cut.runs, 2);
    assert_int_equal(count_items(db), 1);
}

static const struct {
    const char *label;
    CutAt at;
} cuts[] = {
    { "the commit does not arrive", CUT_BEFORE_SERVER },
    { "its answer does not arrive", CUT_BEFORE_ANSWER },
};
TEST_EACH(a_write_whose_commit_is_cut_off_is_stored_once_and_says_so, cuts, c)
{
    CutProxy proxy;
    Db *through;
    Cut cut = { .runs = 1 };
    assert_int_equal(set_up(NULL), 0);
    cut.item = new_item(STR("x"));
    const char *database = strrchr(url, '/'), *port = url + strlen("postgresql://postgres@127.0.0.1:");
    cut_proxy_start(&proxy, atoi(port), "m3", 3); /* the statement COMMIT, see conn.h */
    const char *detour = str_fmt(ctx->arena, "postgresql://postgres@127.0.0.1:%d%s", proxy.port, database).ptr;
    CHECK_OK(ctx, postgres_test_open(ctx, detour, &contract_schema, 2, &through), c->label);
    CHECK_OK(ctx, db_check(through, ctx), "connected");
    atomic_store(&proxy.cut_at, c->at);
    CHECK_OK(ctx, db_write(through, ctx, add_and_be_cut, &cut), c->label);
    assert_int_equal(atomic_load(&proxy.cuts), 1);
    assert_int_equal(cut.runs, c->at == CUT_BEFORE_SERVER ? 3 : 2);
    assert_int_equal(count_items(db), 1);
    db_free(through);
    cut_proxy_stop(&proxy);
    tear_down(NULL);
}

/* Cancels the first commit that it is part of. */
static const char cancel_sql[] =
    "CREATE SEQUENCE commits;"
    "CREATE FUNCTION cancel_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF nextval('commits') = 1 THEN PERFORM pg_cancel_backend(pg_backend_pid()), pg_sleep(20); END IF; RETURN NULL; "
    "END $$; CREATE CONSTRAINT TRIGGER cancel_first AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION cancel_first()";

TEST(a_write_whose_commit_is_cancelled_asks_what_became_of_it_and_is_stored_once)
{
    Cut cut = { .item = new_item(STR("x")), .runs = 1 };
    postgres_test_sql(url, cancel_sql, NULL);
    CHECK_OK(ctx, db_write(db, ctx, add_and_be_cut, &cut), "write");
    assert_int_equal(cut.runs, 3);
    assert_int_equal(count_items(db), 1);
}

/* Time */

static const DbQuery sleepy_queries[] = { { "sleep", "SELECT 1 FROM pg_sleep($1::bigint)", NULL } };
static const DbMigration sleepy_migrations[] = { { 0, "nothing", "SELECT 1", NULL } };
static const DbSchema sleepy_schema = { "sleepy", sleepy_queries, 1, sleepy_migrations, 1 };

static Err sleep_long(Tx *tx, Ctx *own, void *arg)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    return tx_first(tx, own, 0, DB_ARGS(db_int(*(int64_t *)arg)), &rows);
}

TEST(a_statement_that_takes_too_long_is_ended_by_the_server)
{
    Db *sleepy;
    PostgresConfig config = POSTGRES_CONFIG_DEFAULT;
    int64_t long_s = 3600, short_s = 0;
    config.url = postgres_test_url();
    config.connections = 1;
    config.statement_timeout_ms = 1000; /* for the short ones too, and a busy machine may need a while for them */
    CHECK_OK(ctx, postgres_open(ctx, &config, &sleepy_schema, &sleepy), "open");
    CHECK_ERR(db_write(sleepy, ctx, sleep_long, &long_s), ERR_UNAVAILABLE, "write");
    CHECK_ERR(db_read(sleepy, ctx, sleep_long, &long_s), ERR_UNAVAILABLE, "read");
    CHECK_OK(ctx, db_read(sleepy, ctx, sleep_long, &short_s), "the connection is as good as before");
    db_free(sleepy);
}

/* Each way into the database. */
static Err write_number(Db *to, Ctx *own, Number *number)
{
    return db_write(to, own, read_number, number);
}

static void take_number(const Rows *row, void *arg)
{
    *(int64_t *)arg = row_int(row, 0);
}

static Err write_one_number(Db *to, Ctx *own, Number *number)
{
    const DbStatement statement = { .query = number->query };
    return db_write_one(to, own, &statement, take_number, &number->number);
}

static Err read_only_number(Db *to, Ctx *own, Number *number)
{
    return db_read(to, own, read_number, number);
}

static const struct {
    const char *label;
    Err (*ask)(Db *to, Ctx *own, Number *number);
} ways[] = {
    { "a write", write_number },
    { "a write of one statement", write_one_number },
    { "a read", read_only_number },
};

static const DbQuery patient_queries[] = {
    { "patience", "SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'", NULL }
};
static const DbSchema patient_schema = { "patient", patient_queries, 1, sleepy_migrations, 1 };

TEST_EACH(a_statement_may_take_what_is_left_until_the_deadline_and_the_next_call_has_its_own, ways, c)
{
    Db *patient;
    Number allowed_ms = { 0 };
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    CHECK_OK(own, postgres_test_open(own, postgres_test_url(), &patient_schema, 1, &patient), "one connection");
    own->deadline_ms = clock_monotonic_ms() + 5000;
    CHECK_OK(own, c->ask(patient, own, &allowed_ms), c->label);
    CHECK(allowed_ms.number > 0 && allowed_ms.number <= 5000, c->label);
    own->deadline_ms = 0;
    CHECK_OK(own, c->ask(patient, own, &allowed_ms), c->label);
    CHECK(allowed_ms.number == POSTGRES_CONFIG_DEFAULT.statement_timeout_ms, c->label);
    db_free(patient);
}

static PGconn *lock_items(void)
{
    PGconn *handle = PQconnectdb(url);
    PGresult *result = PQexec(handle, "BEGIN; LOCK TABLE items");
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    return handle;
}

TEST_EACH(who_waits_for_a_lock_is_answered_at_the_deadline, ways, c)
{
    assert_int_equal(set_up(NULL), 0);
    Number items = { .query = CONTRACT_Q_COUNT };
    CHECK_OK(ctx, c->ask(db, ctx, &items), "connected");
    PGconn *holder = lock_items();
    ctx->deadline_ms = clock_monotonic_ms() + 300;
    CHECK_ERR(c->ask(db, ctx, &items), ERR_TIMEOUT, c->label);
    PQfinish(holder);
    ctx->deadline_ms = 0;
    CHECK_OK(ctx, c->ask(db, ctx, &items), "let go");
    tear_down(NULL);
}

/* Processes that share a database */

static Err stand_under_lock(Ctx *own, void *arg)
{
    Gate *gate = arg;
    latch_add(&gate->entered);
    latch_wait(&gate->let_go, 1);
    return OK;
}

static void *hold_lock(void *arg)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    CHECK_OK(own, db_exclusive(db, own, "key", stand_under_lock, arg), "hold");
    return NULL;
}

static Err count_call(Ctx *own, void *arg)
{
    ++*(int *)arg;
    return ERR_FORBIDDEN;
}

TEST(one_at_a_time_holds_a_key)
{
    Gate gate;
    Db *other;
    pthread_t thread;
    int calls = 0;
    latch_init(&gate.entered);
    latch_init(&gate.let_go);
    CHECK_OK(ctx, postgres_test_open(ctx, url, &contract_schema, 1, &other), "as another process");
    assert_int_equal(pthread_create(&thread, NULL, hold_lock, &gate), 0);
    latch_wait(&gate.entered, 1);
    CHECK_ERR(db_exclusive(other, ctx, "another", count_call, &calls), ERR_FORBIDDEN, "another key");
    ctx->deadline_ms = clock_monotonic_ms() + 20; /* of the wait only: it is connected now */
    CHECK_ERR(db_exclusive(other, ctx, "key", count_call, &calls), ERR_TIMEOUT, "held");
    assert_int_equal(calls, 1);
    ctx->deadline_ms = 0;
    latch_add(&gate.let_go);
    pthread_join(thread, NULL);
    CHECK_ERR(db_exclusive(other, ctx, "key", count_call, &calls), ERR_FORBIDDEN, "let go");
    assert_int_equal(calls, 2);
    db_free(other);
}

static const OutboxQueries queries = OUTBOX_QUERIES(CONTRACT);
static const char *const everything[] = { "*", NULL };
static const char *const one_topic[] = { "chat", NULL };

/* A process, as far as the outbox is concerned. */
typedef struct Process {
    Db *db;
    Pubsub *pubsub;
    Bus *bus;
    Outbox *outbox;
    Heard *heard; /* what any process published to the bus */
    Latch tried;
    atomic_bool is_down, hangs;
} Process;

static Err hear_bus(void *arg, Ctx *own, Str payload)
{
    Process *self = arg;
    latch_add(&self->tried);
    while (atomic_load(&self->hangs)) pause();
    if (atomic_load(&self->is_down)) return ctx_fail(own, ERR_UNAVAILABLE, "the test's bus is down");
    heard_add(self->heard, payload);
    return OK;
}

static void process_start(Process *self, Heard *heard)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    *self = (Process){ .pubsub = memory_pubsub_new(), .bus = memory_bus_new(), .heard = heard };
    latch_init(&self->tried);
    CHECK_OK(own, postgres_test_open(own, url, &contract_schema, 4, &self->db), "open");
    bus_consume(self->bus, "test", everything, hear_bus, self);
    self->outbox = outbox_open("contract", self->db, &queries, self->pubsub, self->bus);
    outbox_start(self->outbox);
}

static void process_end(Process *self)
{
    outbox_close(self->outbox);
    db_free(self->db);
    bus_free(self->bus);
    pubsub_free(self->pubsub);
}

typedef struct Event {
    Outbox *outbox;
    Str payload;
} Event;

static Err add_event(Tx *tx, Ctx *own, void *arg)
{
    const Event *event = arg;
    return outbox_add(event->outbox, tx, own, "a.b", one_topic, event->payload);
}

static void add(Process *process, const char *payload)
{
    _cleanup_(ctx_freep) Ctx *own = test_ctx_new();
    Event event = { process->outbox, str_of(payload) };
    CHECK_OK(own, db_write(process->db, own, add_event, &event), payload);
}

static void check_nothing_left(void)
{
    char count[64];
    postgres_test_sql(url, "SELECT (SELECT count(*) FROM outbox_live) + (SELECT count(*) FROM outbox_bus)", count);
    assert_string_equal(count, "0");
}

enum { ADDERS = 4, ADDS = 60 };

static void *add_many(void *arg)
{
    for (int i = 0; i < ADDS; i++) add(arg, "event");
    return NULL;
}

TEST(two_processes_publish_each_event_once)
{
    Heard heard;
    Process processes[2];
    pthread_t threads[ADDERS];
    heard_init(&heard);
    process_start(&processes[0], &heard);
    process_start(&processes[1], &heard);
    for (int i = 0; i < ADDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &processes[i % 2]), 0);
    for (int i = 0; i < ADDERS; i++) pthread_join(threads[i], NULL);
    latch_wait(&heard.latch, ADDERS * ADDS);
    process_end(&processes[0]);
    process_end(&processes[1]);
    assert_int_equal(latch_count(&heard.latch), ADDERS * ADDS);
    check_nothing_left();
    heard_done(&heard);
}

TEST(what_one_process_cannot_publish_another_does)
{
    Heard heard;
    Process down, good;
    heard_init(&heard);
    process_start(&down, &heard);
    atomic_store(&down.is_down, true);
    add(&down, "1");
    latch_wait(&down.tried, 1);
    process_start(&good, &heard);
    heard_check(&heard, 1, "1\n", "by the other");
    process_end(&down);
    process_end(&good);
    check_nothing_left();
    heard_done(&heard);
}

static void hang_main(int ready_fd)
{
    Heard heard;
    Process process;
    heard_init(&heard);
    process_start(&process, &heard);
    atomic_store(&process.hangs, true);
    add(&process, "1");
    latch_wait(&process.tried, 1);
    if (write(ready_fd, "x", 1) == 1) pause();
    _exit(1);
}

TEST(a_killed_process_hands_over_at_once)
{
    Heard heard;
    Process process;
    int pipe_fds[2];
    char byte;
    url = postgres_test_url();
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) hang_main(pipe_fds[1]);
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1); /* it holds the lock and publishes */
    heard_init(&heard);
    process_start(&process, &heard);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    heard_check(&heard, 1, "1\n", "after the kill");
    process_end(&process);
    check_nothing_left();
    heard_done(&heard);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_process_hands_over_at_once), /* first: it forks */
        EACH(every_query_of_every_service_is_one_that_the_server_takes),
        EACH(processes_that_start_at_once_migrate_once),
        EACH(a_database_of_a_newer_program_is_refused),
        EACH(a_url_that_cannot_work_is_refused_with_the_reason),
        EACH(a_deadlock_is_resolved_by_running_one_again),
        EACH(serializable_writes_of_a_crowd_all_come_through),
        EACH(connections_that_were_closed_meanwhile_are_replaced),
        EACH(a_write_whose_connection_breaks_before_the_commit_runs_again),
        cmocka_unit_test(a_write_whose_commit_is_cut_off_is_stored_once_and_says_so),
        EACH(a_write_whose_commit_is_cancelled_asks_what_became_of_it_and_is_stored_once),
        EACH(a_statement_that_takes_too_long_is_ended_by_the_server),
        EACH(a_statement_may_take_what_is_left_until_the_deadline_and_the_next_call_has_its_own),
        cmocka_unit_test(who_waits_for_a_lock_is_answered_at_the_deadline),
        EACH(one_at_a_time_holds_a_key),
        EACH(two_processes_publish_each_event_once),
        EACH(what_one_process_cannot_publish_another_does),
    };
    log_setup(LOG_OFF, false);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
