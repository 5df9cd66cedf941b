/* What is special about the driver "sqlite": its file, its migrations, group commit when the disk is full. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "adapters/sqlite/sqlite.h"
#include "base/metrics.h"
#include "fixture.h"

static TempDir dir;

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int set_up(void **state)
{
    dir = temp_dir_new();
    return 0;
}

/* Also after a test that failed half-way. */
static int tear_down(void **state)
{
    limit_files(RLIM_INFINITY);
    umount2(dir.path, MNT_DETACH);
    temp_dir_done(&dir);
    return 0;
}

static const char *file_path(Ctx *ctx)
{
    return str_fmt(ctx->arena, "%s/contract.db", dir.path).ptr;
}

static Db *open_db(const SqliteConfig *config)
{
    Db *db = NULL;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, sqlite_open(ctx, dir.path, &contract_schema, config, &db), "open");
    return db;
}

/* Expects a refusal whose text has all of `words`. */
static void check_refused(const DbSchema *schema, Err want, const char *word, const char *label)
{
    Db *db = NULL;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_ERR(sqlite_open(ctx, dir.path, schema, NULL, &db), want, label);
    assert_null(db);
    if (!strstr(ctx->err_text, word)) fail_msg("%s: \"%s\" is not in \"%s\"", label, word, ctx->err_text);
}

/* Migrations */

static const DbMigration two_steps[] = { { 0, "first", "CREATE TABLE a (x BIGINT);", NULL },
                                         { 1, "second", "ALTER TABLE a ADD COLUMN y BIGINT;", NULL } };
static const DbMigration changed_step[] = { { 0, "first", "CREATE TABLE a (x TEXT);", NULL } };
static const DbMigration broken_step[] = {
    { 0, "first", "CREATE TABLE a (x BIGINT);", NULL },
    { 1, "broken", "CREATE TABLE b (x BIGINT); CREATE TABLE nonsense", NULL },
};
static const DbMigration committing_step[] = { { 0, "first", "CREATE TABLE a (x BIGINT); COMMIT;", NULL } };
static const DbQuery reads_y[] = { { "read_y", "SELECT y FROM a", NULL } };

static DbSchema schema_of(const DbMigration *migrations, int n_migrations)
{
    return (DbSchema){ .service = "contract", .migrations = migrations, .n_migrations = n_migrations };
}

static void open_and_close(const DbSchema *schema, const char *label)
{
    Db *db;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_OK(ctx, sqlite_open(ctx, dir.path, schema, NULL, &db), label);
    db_free(db);
}

TEST(migrations_run_once_and_new_ones_are_added)
{
    DbSchema one = schema_of(two_steps, 1), two = schema_of(two_steps, 2);
    open_and_close(&one, "new");
    open_and_close(&one, "again");
    two.queries = reads_y;
    two.n_queries = 1;
    open_and_close(&two, "one more");
    open_and_close(&two, "both again");
}

TEST(a_database_of_a_newer_program_is_refused)
{
    DbSchema one = schema_of(two_steps, 1), two = schema_of(two_steps, 2);
    open_and_close(&two, "new");
    check_refused(&one, ERR_PRECONDITION, "newer Molva", "older program");
    open_and_close(&two, "the newer one still opens it");
}

TEST(a_migration_that_changed_after_it_ran_is_refused)
{
    DbSchema before = schema_of(two_steps, 1), after = schema_of(changed_step, 1);
    open_and_close(&before, "new");
    check_refused(&after, ERR_PRECONDITION, "must not be changed", "changed");
}

static const struct {
    const char *label;
    const DbMigration *migrations;
    int n_migrations;
    const char *word;
} bad_migrations[] = {
    { "does not parse", broken_step, 2, "0001_broken" },
    { "ends its transaction", committing_step, 1, "ends the transaction" },
};
TEST_EACH(a_broken_migration_stops_the_start_and_leaves_nothing, bad_migrations, c)
{
    DbSchema bad = schema_of(c->migrations, c->n_migrations);
    assert_int_equal(set_up(NULL), 0);
    check_refused(&bad, ERR_INTERNAL, c->word, c->label);
    if (c->n_migrations == 2) { /* what came before it is kept; it can be replaced by one that works */
        DbSchema good = schema_of(two_steps, 2);
        open_and_close(&good, c->label);
    }
    tear_down(NULL);
}

TEST(a_query_that_does_not_compile_stops_the_start)
{
    DbSchema schema = schema_of(two_steps, 1);
    schema.queries = reads_y;
    schema.n_queries = 1;
    check_refused(&schema, ERR_INTERNAL, "query read_y", "no column y yet");
}

/* Damage and locks */

static void overwrite(const char *path, off_t at, size_t len)
{
    char noise[4096];
    memset(noise, 0xa5, sizeof noise);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0 && pwrite(fd, noise, len, at) == (ssize_t)len);
    close(fd);
}

static void fill(Db *db, int rows, size_t bytes)
{
    for (int i = 0; i < rows; i++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        Item item = new_item(str_fmt(ctx->arena, "fill-%d-%d", (int)bytes, i));
        item.data_bytes = bytes;
        CHECK_OK(ctx, db_write(db, ctx, add_item, &item), "fill");
    }
}

TEST(a_file_that_is_no_database_is_refused_by_name)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    overwrite(file_path(ctx), 0, 4096);
    check_refused(&contract_schema, ERR_INTERNAL, "contract.db", "noise");
}

static const struct {
    const char *label;
    bool checked_at_open;
} damages[] = { { "a small file is checked at open", true }, { "a large one when it is read", false } };
TEST_EACH(damage_is_an_error_and_not_a_crash, damages, c)
{
    SqliteConfig config = SQLITE_CONFIG_DEFAULT;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    assert_int_equal(set_up(NULL), 0);
    Db *db = open_db(NULL);
    fill(db, 200, 1000);
    db_free(db);
    for (int page = 12; page < 40; page++) overwrite(file_path(ctx), page * 4096, 4096);

    if (c->checked_at_open) {
        check_refused(&contract_schema, ERR_INTERNAL, "contract.db", c->label);
    } else {
        Number sum = { .query = CONTRACT_Q_SUM_DATA };
        config.check_mib_max = 0;
        db = open_db(&config);
        CHECK_ERR(db_read(db, ctx, read_number, &sum), ERR_INTERNAL, c->label);
        assert_non_null(strstr(ctx->err_text, "contract.db"));
        db_free(db);
    }
    tear_down(NULL);
}

TEST(a_lock_of_another_program_is_unavailable_and_passes)
{
    sqlite3 *other;
    SqliteConfig config = SQLITE_CONFIG_DEFAULT;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(STR("x"));
    config.busy_timeout_ms = 1;
    Db *db = open_db(&config);

    assert_int_equal(sqlite3_open(file_path(ctx), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    CHECK_ERR(db_write(db, ctx, add_item, &item), ERR_UNAVAILABLE, "locked");
    CHECK_ERR(db_check(db, ctx), ERR_UNAVAILABLE, "check while locked");
    assert_int_equal(count_items(db), 0);
    sqlite3_close(other);
    ctx_clear(ctx);
    CHECK_OK(ctx, db_write(db, ctx, add_item, &item), "free again");
    CHECK_OK(ctx, db_check(db, ctx), "check");
    db_free(db);
}

/* The queue and group commit */

/* Writes gather behind a gate, so that they share a commit. */
typedef struct Group {
    Db *db;
    Gate gate;
    Writing writings[8];
    Latch started;
    int n;
} Group;

static void group_begin(Group *group, Db *db)
{
    *group = (Group){ .db = db };
    gate_close(&group->gate, db);
}

static void group_add(Group *group, DbFn fn, void *arg)
{
    Writing *writing = &group->writings[group->n++];
    *writing = (Writing){ .db = group->db, .fn = fn, .arg = arg };
    writing_start(writing);
}

/* Waits, by the gauge of the database, until all of them stand in the queue. */
static void group_gathered(const Group *group)
{
    char want[64];
    snprintf(want, sizeof want, "molva_db_writes_queued{db=\"contract\"} %d\n", group->n);
    for (bool gathered = false; !gathered;) {
        StrBuf text;
        strbuf_init(&text, NULL);
        metrics_write(&text);
        strbuf_add_char(&text, '\0');
        gathered = strstr(text.ptr, want) != NULL;
        strbuf_done(&text);
    }
}

static void group_commit(Group *group)
{
    group_gathered(group);
    gate_open(&group->gate);
    for (int i = 0; i < group->n; i++) writing_join(&group->writings[i]);
}

TEST(more_writes_than_may_wait_are_refused)
{
    SqliteConfig config = SQLITE_CONFIG_DEFAULT;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item a = new_item(STR("a")), b = new_item(STR("b")), c = new_item(STR("c"));
    Group group;
    config.writes_queued_max = 2;
    Db *db = open_db(&config);

    group_begin(&group, db);
    group_add(&group, add_item, &a);
    group_add(&group, add_item, &b);
    group_gathered(&group);
    CHECK_ERR(db_write(db, ctx, add_item, &c), ERR_UNAVAILABLE, "over the limit");
    group_commit(&group);
    CHECK_ERR(group.writings[0].err, OK, "a");
    CHECK_ERR(group.writings[1].err, OK, "b");
    assert_int_equal(count_items(db), 2);
    db_free(db);
}

typedef struct Late {
    Id item; /* what it points at */
    int64_t id;
} Late;

static Err add_late(Tx *tx, Ctx *ctx, void *arg)
{
    const Late *late = arg;
    return tx_exec(tx, ctx, CONTRACT_Q_ADD_LATE, DB_ARGS(db_int(late->id), db_id(late->item)), NULL);
}

TEST(a_commit_that_fails_for_one_stores_the_others)
{
    Db *db = open_db(NULL);
    Group group;
    Item a = new_item(STR("a")), b = new_item(STR("b")), bad = new_item(STR("bad"));
    Late orphan = { .item = id_new(clock_now_ms()), .id = 1 };
    bad.answer = ERR_FORBIDDEN;

    group_begin(&group, db);
    group_add(&group, add_item, &a);
    group_add(&group, add_late, &orphan); /* goes wrong no sooner than at the commit */
    group_add(&group, add_item, &bad);
    group_add(&group, add_item, &b);
    group_commit(&group);
    CHECK_ERR(group.writings[0].err, OK, "a");
    CHECK_ERR(group.writings[1].err, ERR_INTERNAL, "orphan");
    CHECK_ERR(group.writings[2].err, ERR_FORBIDDEN, "bad");
    CHECK_ERR(group.writings[3].err, OK, "b");
    assert_int_equal(count_items(db), 2);
    db_free(db);
}

/* A full disk, by a limit on the size of files, or by a small file system. */

static Err write_big(Db *db, const char *name, size_t bytes)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Item item = new_item(str_of(name));
    item.data_bytes = bytes;
    Err err = db_write(db, ctx, add_item, &item);
    if (err != ERR_STORAGE_FULL) show(ctx);
    return err;
}

static void make_room_by_limit(void)
{
    limit_files(RLIM_INFINITY);
}

/* Fills the disk, checks that nothing is half stored, makes room, checks that all works again. */
static void check_full_disk(void (*make_room)(void))
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char name[16];
    int stored = 0;
    Db *db = open_db(NULL);
    Err err;
    do {
        snprintf(name, sizeof name, "%d", stored);
        err = write_big(db, name, 50000);
        if (!err) stored++;
    } while (!err);
    CHECK_ERR(err, ERR_STORAGE_FULL, "full");
    CHECK_ERR(write_big(db, "more", 50000), ERR_STORAGE_FULL, "still full");
    assert_int_equal(count_items(db), stored);

    Group group;
    Item small = new_item(STR("small")), huge = new_item(STR("huge")), failing = new_item(STR("failing"));
    huge.data_bytes = 3000000;
    failing.answer = ERR_FORBIDDEN;
    group_begin(&group, db);
    group_add(&group, add_item, &small);
    group_add(&group, add_item, &huge);
    group_add(&group, add_item, &failing);
    group_commit(&group);
    CHECK_ERR(group.writings[1].err, ERR_STORAGE_FULL, "huge");
    if (group.writings[2].err != ERR_STORAGE_FULL) CHECK_ERR(group.writings[2].err, ERR_FORBIDDEN, "failing");
    if (!group.writings[0].err)
        stored++;
    else
        CHECK_ERR(group.writings[0].err, ERR_STORAGE_FULL, "small");
    assert_int_equal(count_items(db), stored);

    make_room();
    CHECK_OK(ctx, db_check(db, ctx), "check with room");
    CHECK_ERR(write_big(db, "room", 50000), OK, "room again");
    db_free(db);
    db = open_db(NULL);
    assert_int_equal(count_items(db), stored + 1);
    db_free(db);
}

TEST(a_full_disk_refuses_whole_writes_and_recovers)
{
    open_and_close(&contract_schema, "made while there is room");
    limit_files(600000);
    check_full_disk(make_room_by_limit);
}

/* In a mount namespace of our own: nobody else sees it, and it ends with the process. */
static bool mount_small(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("molva-test", dir.path, "tmpfs", 0, "size=1m") == 0;
}

static void make_room_by_mount(void)
{
    assert_int_equal(mount("molva-test", dir.path, "tmpfs", MS_REMOUNT, "size=64m"), 0);
}

TEST(a_full_file_system_refuses_whole_writes_and_recovers)
{
    if (!mount_small()) {
        print_message("skipped: a small file system cannot be mounted without being root\n");
        skip();
    }
    check_full_disk(make_room_by_mount);
}

TEST(the_check_answers_ok_no_sooner_than_there_is_room)
{
    struct stat log;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Db *db = open_db(NULL);
    CHECK_ERR(write_big(db, "a", 1000), OK, "with room");
    assert_int_equal(stat(str_fmt(ctx->arena, "%s-wal", file_path(ctx)).ptr, &log), 0);
    limit_files((rlim_t)log.st_size);
    CHECK_ERR(write_big(db, "b", 1000), ERR_STORAGE_FULL, "without");
    CHECK_ERR(db_check(db, ctx), ERR_STORAGE_FULL, "check without room");
    limit_files(RLIM_INFINITY);
    CHECK_ERR(db_check(db, ctx), OK, "check with room");
    assert_int_equal(count_items(db), 1);
    db_free(db);
}

TEST(the_log_does_not_grow_without_end)
{
    struct stat info;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Db *db = open_db(NULL);
    fill(db, 400, 50000); /* 20 MB */
    assert_int_equal(stat(str_fmt(ctx->arena, "%s-wal", file_path(ctx)).ptr, &info), 0);
    assert_true(info.st_size < 8 * 1000 * 1000);
    db_free(db);
    assert_int_equal(stat(str_fmt(ctx->arena, "%s-wal", file_path(ctx)).ptr, &info), -1); /* closed in good order */
}

/* A process that is killed while it writes */

enum { CRASH_WRITERS = 4, CRASH_ACKNOWLEDGED = 400 };

static int acknowledge_fd;

static void *write_and_acknowledge(void *arg)
{
    Db *db = arg;
    for (;;) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        Item item = new_item(str_fmt(ctx->arena, "%s", id_text(ctx->arena, id_new(clock_now_ms()))));
        if (db_write(db, ctx, add_item, &item)) continue;
        if (write(acknowledge_fd, &item.id, sizeof item.id) != sizeof item.id) return NULL;
    }
}

static void child_main(void)
{
    Db *db = open_db(NULL);
    pthread_t threads[CRASH_WRITERS];
    for (int i = 0; i < CRASH_WRITERS; i++) pthread_create(&threads[i], NULL, write_and_acknowledge, db);
    for (int i = 0; i < CRASH_WRITERS; i++) pthread_join(threads[i], NULL);
    _exit(0);
}

static Err find_id(Tx *tx, Ctx *ctx, void *arg)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    return tx_first(tx, ctx, CONTRACT_Q_BY_ID, DB_ARGS(db_id(*(Id *)arg)), &rows);
}

TEST(every_acknowledged_write_survives_a_kill)
{
    int pipe_fds[2];
    static Id acknowledged[CRASH_ACKNOWLEDGED];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        acknowledge_fd = pipe_fds[1];
        child_main();
    }
    close(pipe_fds[1]);
    int n = 0;
    while (n < CRASH_ACKNOWLEDGED && read(pipe_fds[0], &acknowledged[n], sizeof(Id)) == sizeof(Id)) n++;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(pipe_fds[0]);
    assert_int_equal(n, CRASH_ACKNOWLEDGED);

    Db *db = open_db(NULL);
    for (int i = 0; i < n; i++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        CHECK_OK(ctx, db_read(db, ctx, find_id, &acknowledged[i]), "acknowledged");
    }
    db_free(db);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(every_acknowledged_write_survives_a_kill), /* first: it forks, before there are threads */
        EACH(migrations_run_once_and_new_ones_are_added),
        EACH(a_database_of_a_newer_program_is_refused),
        EACH(a_migration_that_changed_after_it_ran_is_refused),
        cmocka_unit_test(a_broken_migration_stops_the_start_and_leaves_nothing),
        EACH(a_query_that_does_not_compile_stops_the_start),
        EACH(a_file_that_is_no_database_is_refused_by_name),
        cmocka_unit_test(damage_is_an_error_and_not_a_crash),
        EACH(a_lock_of_another_program_is_unavailable_and_passes),
        EACH(more_writes_than_may_wait_are_refused),
        EACH(a_commit_that_fails_for_one_stores_the_others),
        EACH(a_full_disk_refuses_whole_writes_and_recovers),
        EACH(a_full_file_system_refuses_whole_writes_and_recovers),
        EACH(the_check_answers_ok_no_sooner_than_there_is_room),
        EACH(the_log_does_not_grow_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
