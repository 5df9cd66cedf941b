/* The promises of ports/db.h, once per driver. A new driver is a row of `drivers`. */
#include "adapters/sqlite/sqlite.h"
#include "fixture.h"
#include "support/postgres_db.h"

#define WRITERS_MAX 4

typedef struct Driver {
    const char *name;
    int writers;                    /* that can be busy at once, until the next one waits */
    const char *(*new_place)(void); /* NULL: a folder */
    Err (*open)(Ctx *ctx, const char *place, const DbSchema *schema, Db **out_db);
} Driver;

static Err open_sqlite(Ctx *ctx, const char *dir, const DbSchema *schema, Db **out_db)
{
    return sqlite_open(ctx, dir, schema, NULL, out_db);
}

static Err open_postgres(Ctx *ctx, const char *url, const DbSchema *schema, Db **out_db)
{
    return postgres_test_open(ctx, url, schema, WRITERS_MAX, out_db);
}

static const Driver drivers[] = {
    { "sqlite", 1, NULL, open_sqlite },
    { "postgres", WRITERS_MAX, postgres_test_url, open_postgres },
};

static const Driver *driver; /* the one under test */
static TempDir dir;
static const char *place;
static Db *db;

static int set_up(void **state)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    dir = temp_dir_new();
    place = driver->new_place ? driver->new_place() : dir.path;
    CHECK_OK(ctx, driver->open(ctx, place, &contract_schema, &db), driver->name);
    return 0;
}

static int tear_down(void **state)
{
    db_free(db);
    temp_dir_done(&dir);
    return 0;
}

/* Values come back as they went in. */

typedef struct Values {
    Id id;
    DbValue name, number, data, parent;
} Values;

static Err add_values(Tx *tx, Ctx *ctx, void *arg)
{
    const Values *values = arg;
    return tx_exec(tx, ctx, CONTRACT_Q_ADD,
                   DB_ARGS(db_id(values->id), values->name, values->number, values->data, values->parent), NULL);
}

static bool same(const Rows *rows, int column, const DbValue *want)
{
    if (want->type == DB_NULL || row_is_null(rows, column)) return want->type == DB_NULL && row_is_null(rows, column);
    switch (want->type) {
    case DB_INT: return row_int(rows, column) == want->number;
    case DB_ID: return id_eq(row_id(rows, column), want->id);
    default: {
        Str got = row_text(rows, column);
        return str_eq(got, want->bytes) && got.ptr[got.len] == '\0';
    }
    }
}

static Err compare_values(Tx *tx, Ctx *ctx, void *arg)
{
    const Values *values = arg;
    const DbValue *want[] = { NULL, &values->name, &values->number, &values->data, &values->parent };
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, CONTRACT_Q_BY_ID, DB_ARGS(db_id(values->id)), &rows);
    if (err) return err;
    assert_true(id_eq(row_id(&rows, 0), values->id));
    for (int column = 1; column <= 4; column++) assert_true(same(&rows, column, want[column]));
    assert_false(rows_next(&rows));
    assert_false(rows_next(&rows)); /* and it stays at the end */
    return rows_err(&rows);
}

static const struct {
    const char *label;
    DbValue name, number, data, parent;
} values_table[] = {
    { "nulls", { .type = DB_NULL }, { .type = DB_NULL }, { .type = DB_NULL }, { .type = DB_NULL } },
    { "empty",
      { DB_TEXT, .bytes = { "", 0 } },
      { DB_INT, .number = 0 },
      { DB_BLOB, .bytes = { NULL, 0 } },
      { DB_NULL } },
    { "usual",
      { DB_TEXT, .bytes = { "\xd0\xb6 \xf0\x9f\x90\x98", 7 } },
      { DB_INT, .number = 42 },
      { DB_BLOB, .bytes = { "\0\xff\0", 3 } },
      { DB_NULL } },
    { "least", { DB_TEXT, .bytes = { "a", 1 } }, { DB_INT, .number = INT64_MIN }, { DB_NULL }, { DB_NULL } },
    { "most", { DB_TEXT, .bytes = { "b", 1 } }, { DB_INT, .number = INT64_MAX }, { DB_NULL }, { DB_NULL } },
};
TEST_EACH(values_come_back_as_they_went_in, values_table, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Values values = { id_new(ctx->now_ms), c->name, c->number, c->data, c->parent };
    CHECK_OK(ctx, db_write(db, ctx, add_values, &values), c->label);
    CHECK_OK(ctx, db_read(db, ctx, compare_values, &values), c->label);
}

static Err rename_item(Tx *tx, Ctx *ctx, void *arg)
{
    const Item *item = arg;
    int64_t changed = -1;
    Err err = tx_exec(tx, ctx, CONTRACT_Q_RENAME, DB_ARGS(db_id(item->id), db_text(STR("after"))), &changed);
    if (err) return err;
    assert_int_equal(changed, 1);
    err = tx_exec(tx, ctx, CONTRACT_Q_RENAME, DB_ARGS(db_id(ID_NONE), db_text(STR("nobody"))), &changed);
    assert_int_equal(changed, 0);
    return err;
}

/* Many values in one parameter. */

enum { MANY = 300 };

typedef struct Many {
    Id ids[MANY];
    int64_t numbers[MANY];
    size_t n;
    Str names[2]; /* what the query for the ids and the one for the numbers found, joined */
} Many;

static Err add_many(Tx *tx, Ctx *ctx, void *arg)
{
    const Many *many = arg;
    for (size_t i = 0; i < MANY; i++) {
        DbValue name = db_text(str_fmt(ctx->arena, "%03zu ", i));
        Err err = tx_exec(tx, ctx, CONTRACT_Q_ADD,
                          DB_ARGS(db_id(many->ids[i]), name, db_int(many->numbers[i]), db_null(), db_null()), NULL);
        if (err) return err;
    }
    return OK;
}

static Err join_names(Tx *tx, Ctx *ctx, int query, DbValue many, Str *out_names)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    StrBuf names;
    strbuf_init(&names, ctx->arena);
    Err err = tx_query(tx, ctx, query, DB_ARGS(many), &rows);
    if (err) return err;
    while (rows_next(&rows)) strbuf_add(&names, row_text(&rows, 0));
    *out_names = strbuf_str(&names);
    return rows_err(&rows);
}

static Err find_many(Tx *tx, Ctx *ctx, void *arg)
{
    Many *many = arg;
    Err err = join_names(tx, ctx, CONTRACT_Q_BY_IDS, db_ids(many->ids, many->n), &many->names[0]);
    return err ? err : join_names(tx, ctx, CONTRACT_Q_BY_NUMBERS, db_ints(many->numbers, many->n), &many->names[1]);
}

static const struct {
    const char *label;
    size_t n;
} many_table[] = { { "none", 0 }, { "one", 1 }, { "two", 2 }, { "all", MANY } };
TEST(a_parameter_takes_many_values)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Many many;
    for (size_t i = 0; i < MANY; i++) {
        many.ids[i] = id_new(ctx->now_ms);
        many.numbers[i] = i % 2 ? INT64_MIN + (int64_t)i : INT64_MAX - (int64_t)i;
    }
    CHECK_OK(ctx, db_write(db, ctx, add_many, &many), "add");
    for (size_t row = 0; row < ARRAY_LEN(many_table); row++) {
        StrBuf want;
        strbuf_init(&want, ctx->arena);
        many.n = many_table[row].n;
        for (size_t i = 0; i < many.n; i++) strbuf_fmt(&want, "%03zu ", i);
        CHECK_OK(ctx, db_read(db, ctx, find_many, &many), many_table[row].label);
        for (int i = 0; i < 2; i++) CHECK_STR(many.names[i], strbuf_str(&want), many_table[row].label);
    }
}

static Err find_name(Tx *tx, Ctx *ctx, void *arg)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    return tx_first(tx, ctx, CONTRACT_Q_BY_NAME, DB_ARGS(db_text(*(Str *)arg)), &rows);
}

TEST(parameters_go_by_their_number_and_changed_rows_are_counted)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("before"));
    CHECK_OK(ctx, db_write(db, ctx, add_item, &item), "add");
    CHECK_OK(ctx, db_write(db, ctx, rename_item, &item), "rename");
    CHECK_OK(ctx, db_read(db, ctx, find_name, &STR("after")), "found by the new name");
    CHECK_ERR(db_read(db, ctx, find_name, &STR("before")), ERR_NOT_FOUND, "gone by the old name");
}

/* What fails leaves nothing, and takes nothing else along. */

TEST(a_failing_write_is_undone_and_answers_its_own_error)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("x"));
    item.answer = ERR_FORBIDDEN;
    CHECK_ERR(db_write(db, ctx, add_item, &item), ERR_FORBIDDEN, "its own error");
    assert_string_equal(ctx->err_text, "as the test wants it");
    assert_int_equal(count_items(db), 0);
}

/* What the three statements answered, in the run that was committed. */
typedef struct Twice {
    Err first, again, other;
} Twice;

static Err add_twice(Tx *tx, Ctx *ctx, void *arg)
{
    Twice *twice = arg;
    Item first = new_item(STR("same")), again = new_item(STR("same")), other = new_item(STR("other"));
    twice->first = add_item(tx, ctx, &first);
    twice->again = add_item(tx, ctx, &again);
    twice->other = add_item(tx, ctx, &other);
    return twice->other;
}

TEST(a_conflict_is_told_and_the_transaction_goes_on)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Twice twice;
    CHECK_OK(ctx, db_write(db, ctx, add_twice, &twice), "write");
    CHECK_ERR(twice.first, OK, "first");
    CHECK_ERR(twice.again, ERR_CONFLICT, "again");
    CHECK_ERR(twice.other, OK, "other");
    assert_int_equal(count_items(db), 2);
}

static Err fail_on_conflict(Tx *tx, Ctx *ctx, void *arg)
{
    Item again = new_item(STR("same"));
    Err err = add_item(tx, ctx, &again);
    return err == ERR_CONFLICT ? ctx_fail(ctx, ERR_PRECONDITION, "taken") : err;
}

TEST(a_function_may_make_its_own_answer_of_a_conflict)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("same"));
    CHECK_OK(ctx, db_write(db, ctx, add_item, &item), "first");
    CHECK_ERR(db_write(db, ctx, fail_on_conflict, NULL), ERR_PRECONDITION, "again");
    assert_string_equal(ctx->err_text, "taken");
}

static Err add_orphan(Tx *tx, Ctx *ctx, void *arg)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Id nobody = id_new(ctx->now_ms);
    Err err = tx_first(tx, ctx, CONTRACT_Q_ADD_RETURNING,
                       DB_ARGS(db_id(id_new(ctx->now_ms)), db_text(STR("orphan")), db_id(nobody)), &rows);
    return *(bool *)arg ? err : OK;
}

static const struct {
    const char *label;
    bool looks;
} looking[] = { { "the function passes the error on", true }, { "the function answers OK all the same", false } };
TEST_EACH(a_broken_reference_fails_the_write_whether_the_function_looks_or_not, looking, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    bool looks = c->looks;
    CHECK_ERR(db_write(db, ctx, add_orphan, &looks), ERR_INTERNAL, c->label);
    assert_int_equal(count_items(db), 0);
}

static Err add_returning(Tx *tx, Ctx *ctx, void *arg)
{
    const Item *item = arg;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err =
        tx_first(tx, ctx, CONTRACT_Q_ADD_RETURNING, DB_ARGS(db_id(item->id), db_text(item->name), db_null()), &rows);
    if (err) return err;
    assert_true(id_eq(row_id(&rows, 0), item->id));
    CHECK_STR(row_text(&rows, 1), item->name, "name");
    return OK;
}

TEST(an_insert_can_return_its_row)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("returned"));
    CHECK_OK(ctx, db_write(db, ctx, add_returning, &item), "insert");
    assert_int_equal(count_items(db), 1);
}

TEST(a_read_cannot_write)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("x"));
    CHECK_ERR(db_read(db, ctx, add_item, &item), ERR_INTERNAL, "insert inside db_read");
    assert_int_equal(count_items(db), 0);
}

/* Reads nested in each other, one left open: the next function finds nothing of it. */
static Err leave_rows_open(Tx *tx, Ctx *ctx, void *arg)
{
    Rows names, count;
    Err err = tx_query(tx, ctx, CONTRACT_Q_NAMES, DB_NO_ARGS, &names);
    if (err) return err;
    assert_true(rows_next(&names));
    err = tx_first(tx, ctx, CONTRACT_Q_COUNT, DB_NO_ARGS, &count);
    if (err) return err;
    assert_int_equal(row_int(&count, 0), 2);
    CHECK_STR(row_text(&names, 0), STR("a"), "the outer row is still there");
    rows_done(&count);
    return OK;
}

TEST(rows_may_be_nested_and_are_closed_with_the_function)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item a = new_item(STR("a")), b = new_item(STR("b"));
    CHECK_OK(ctx, db_write(db, ctx, add_item, &a), "a");
    CHECK_OK(ctx, db_write(db, ctx, add_item, &b), "b");
    for (int i = 0; i < 2; i++) {
        CHECK_OK(ctx, db_read(db, ctx, leave_rows_open, NULL), "read");
        CHECK_OK(ctx, db_write(db, ctx, leave_rows_open, NULL), "write");
    }
}

/* Many at once. */

static Err write_meanwhile(Tx *tx, Ctx *ctx, void *arg)
{
    Number before = { .query = CONTRACT_Q_COUNT }, after = before;
    Item item = new_item(STR("meanwhile"));
    Writing writing = { .db = db, .fn = add_item, .arg = &item };

    Err err = read_number(tx, ctx, &before);
    if (err) return err;
    writing_start(&writing);
    CHECK_ERR(writing_join(&writing), OK, "write");
    err = read_number(tx, ctx, &after);
    assert_int_equal(before.number, after.number);
    return err;
}

TEST(a_read_sees_one_snapshot_while_others_write)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, db_read(db, ctx, write_meanwhile, NULL), "read");
    assert_int_equal(count_items(db), 1);
}

enum { WRITERS = 16, WRITES = 25 };

typedef struct Load {
    pthread_t thread;
    int number;
} Load;

/* Every third write fails; a read after each good one must find it. */
static void *write_load(void *arg)
{
    const Load *load = arg;
    for (int i = 0; i < WRITES; i++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        Item item = new_item(str_fmt(ctx->arena, "%d-%d", load->number, i));
        item.answer = i % 3 == 2 ? ERR_PRECONDITION : OK;
        CHECK_ERR(db_write(db, ctx, add_item, &item), item.answer, "write");
        CHECK_ERR(db_read(db, ctx, find_name, &item.name), item.answer ? ERR_NOT_FOUND : OK, "read what was written");
    }
    return NULL;
}

TEST(many_writers_get_each_their_own_answer)
{
    Load loads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        loads[i].number = i;
        assert_int_equal(pthread_create(&loads[i].thread, NULL, write_load, &loads[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) pthread_join(loads[i].thread, NULL);
    assert_int_equal(count_items(db), WRITERS * (WRITES - WRITES / 3));
}

static void count_commit(void *arg, unsigned marks)
{
    latch_add(arg);
}

TEST(the_hook_hears_of_every_commit_and_of_nothing_else)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Latch commits;
    Item good = new_item(STR("good")), bad = new_item(STR("bad")), late = new_item(STR("late"));
    bad.answer = ERR_INVALID;
    latch_init(&commits);

    db_on_commit(db, count_commit, &commits);
    CHECK_ERR(db_write(db, ctx, add_item, &bad), ERR_INVALID, "bad");
    CHECK_OK(ctx, db_write(db, ctx, add_item, &good), "good");
    latch_wait(&commits, 1);
    CHECK_ERR(db_write(db, ctx, add_item, &bad), ERR_INVALID, "bad again");
    CHECK_OK(ctx, db_check(db, ctx), "a commit of nothing");
    CHECK_ERR(db_write(db, ctx, add_item, &bad), ERR_INVALID, "and what would run its hook");
    db_on_commit(db, NULL, NULL);
    CHECK_OK(ctx, db_write(db, ctx, add_item, &late), "late");
    CHECK_ERR(db_write(db, ctx, add_item, &bad), ERR_INVALID, "bad, after the late one's hook would have run");
    assert_int_equal(commits.count, 1);
}

/* One statement. */

static void take_item(const Rows *row, void *arg)
{
    Item *got = arg;
    got->id = row_id(row, 0);
    got->name = row_text(row, 1);
}

static Err write_one(Ctx *ctx, int query, const DbValue *params, int n_params, Item *out_row)
{
    DbStatement statement = { query, params, n_params, 4 };
    return db_write_one(db, ctx, &statement, take_item, out_row);
}

static void take_marks(void *arg, unsigned marks)
{
    if (marks == 4) latch_add(arg);
}

TEST(a_write_of_one_statement_hands_out_its_row_and_is_stored)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Latch marked;
    Item item = new_item(STR("alone")), got = { .id = ID_NONE };
    latch_init(&marked);
    db_on_commit(db, take_marks, &marked);
    CHECK_OK(ctx,
             write_one(ctx, CONTRACT_Q_ADD_RETURNING, DB_ARGS(db_id(item.id), db_text(item.name), db_null()), &got),
             "a row");
    latch_wait(&marked, 1);
    CHECK_OK(ctx, write_one(ctx, CONTRACT_Q_RENAME, DB_ARGS(db_id(item.id), db_text(STR("else"))), &got), "no row");
    latch_wait(&marked, 2);
    db_on_commit(db, NULL, NULL);
    assert_true(id_eq(got.id, item.id));
    assert_true(str_eq(got.name, item.name));
    assert_int_equal(count_items(db), 1);
}

static const struct {
    const char *label;
    int query;
    DbValue id, name, parent;
    Err want;
} refused_table[] = {
    { "a name that is taken",
      CONTRACT_Q_ADD_RETURNING,
      { .type = DB_ID, .id = { { 1 } } },
      { .type = DB_TEXT, .bytes = { "there", 5 } },
      { DB_NULL },
      ERR_CONFLICT },
    { "no such parent",
      CONTRACT_Q_ADD_RETURNING,
      { .type = DB_ID, .id = { { 1 } } },
      { DB_NULL },
      { .type = DB_ID, .id = { { 2 } } },
      ERR_INTERNAL },
    { "no such item, which the commit finds",
      CONTRACT_Q_ADD_LATE,
      { .type = DB_INT, .number = 1 },
      { .type = DB_ID, .id = { { 2 } } },
      { DB_NULL },
      ERR_INTERNAL },
    { "nobody to rename", CONTRACT_Q_RENAME, { .type = DB_ID, .id = { { 1 } } }, { DB_NULL }, { DB_NULL }, OK },
};
TEST_EACH(a_write_of_one_statement_that_is_refused_leaves_nothing_and_the_next_goes_on, refused_table, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Latch commits;
    Item there = new_item(STR("there")), good = new_item(STR("good")), got = { .id = ID_NONE };
    const DbValue params[] = { c->id, c->name, c->parent };
    assert_int_equal(set_up(NULL), 0);
    latch_init(&commits);
    db_on_commit(db, count_commit, &commits);
    CHECK_OK(ctx, db_write(db, ctx, add_item, &there), "before");
    latch_wait(&commits, 1); /* its call may come after its answer */
    CHECK_ERR(write_one(ctx, c->query, params, ARRAY_LEN(params), &got), c->want, c->label);
    CHECK_OK(ctx,
             write_one(ctx, CONTRACT_Q_ADD_RETURNING, DB_ARGS(db_id(good.id), db_text(good.name), db_null()), &got),
             "the next");
    latch_wait(&commits, 2);
    db_on_commit(db, NULL, NULL);
    assert_int_equal(latch_count(&commits), 2);
    assert_true(id_eq(got.id, good.id));
    assert_int_equal(count_items(db), 2);
    tear_down(NULL);
}

TEST(a_query_of_one_engine_only_is_not_there_for_the_others)
{
    assert_int_equal(db_has(db, CONTRACT_Q_ONLY_HERE), strcmp(driver->name, "postgres") == 0);
    assert_true(db_has(db, CONTRACT_Q_ADD));
}

TEST(a_write_whose_deadline_passes_in_the_queue_is_not_stored)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("too late"));
    Gate gates[WRITERS_MAX];
    for (int i = 0; i < driver->writers; i++) gate_close(&gates[i], db);
    ctx->deadline_ms = clock_monotonic_ms() + 1;
    CHECK_ERR(db_write(db, ctx, add_item, &item), ERR_UNAVAILABLE, "while the gates are closed");
    for (int i = 0; i < driver->writers; i++) gate_open(&gates[i]);
    assert_int_equal(count_items(db), 0);
}

TEST(a_healthy_database_passes_its_check)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, db_check(db, ctx), "check");
}

static Err reopen(Ctx *ctx)
{
    db_free(db);
    db = NULL;
    return driver->open(ctx, place, &contract_schema, &db);
}

TEST(what_was_written_is_there_after_a_restart)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("kept"));
    CHECK_OK(ctx, db_write(db, ctx, add_item, &item), "write");
    CHECK_OK(ctx, reopen(ctx), "reopen");
    CHECK_OK(ctx, db_read(db, ctx, find_name, &item.name), "read");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(values_come_back_as_they_went_in),
        EACH(a_parameter_takes_many_values),
        EACH(parameters_go_by_their_number_and_changed_rows_are_counted),
        EACH(a_failing_write_is_undone_and_answers_its_own_error),
        EACH(a_conflict_is_told_and_the_transaction_goes_on),
        EACH(a_function_may_make_its_own_answer_of_a_conflict),
        EACH(a_broken_reference_fails_the_write_whether_the_function_looks_or_not),
        EACH(an_insert_can_return_its_row),
        EACH(a_read_cannot_write),
        EACH(rows_may_be_nested_and_are_closed_with_the_function),
        EACH(a_read_sees_one_snapshot_while_others_write),
        EACH(many_writers_get_each_their_own_answer),
        EACH(the_hook_hears_of_every_commit_and_of_nothing_else),
        EACH(a_write_of_one_statement_hands_out_its_row_and_is_stored),
        cmocka_unit_test(a_write_of_one_statement_that_is_refused_leaves_nothing_and_the_next_goes_on),
        EACH(a_query_of_one_engine_only_is_not_there_for_the_others),
        EACH(a_write_whose_deadline_passes_in_the_queue_is_not_stored),
        EACH(a_healthy_database_passes_its_check),
        EACH(what_was_written_is_there_after_a_restart),
    };
    int failed = 0;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        driver = &drivers[i];
        failed += cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
    }
    return failed;
}
