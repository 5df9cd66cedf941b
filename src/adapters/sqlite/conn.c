#include "adapters/sqlite/conn.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/sqlite/error.h"
#include "adapters/sqlite/statement.h"
#include "runtime/clock.h"

/* After this many steps of SQLite's virtual machine, well under a millisecond, a read checks its deadline. */
#define STEPS_BETWEEN_CHECKS 10000

static const char *const control_sql[CONTROL_COUNT_] = {
    [CONTROL_BEGIN] = "BEGIN",
    [CONTROL_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
    [CONTROL_SAVEPOINT] = "SAVEPOINT write",
    [CONTROL_RELEASE] = "RELEASE write",
    [CONTROL_ROLLBACK_TO] = "ROLLBACK TO write",
    [CONTROL_COMMIT] = "COMMIT",
    [CONTROL_ROLLBACK] = "ROLLBACK",
};

/* Disables SQLite's memory counters, whose lock all threads share. Has no effect after SQLite's first use. */
static void without_counters(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int on_commit_pages(void *arg, sqlite3 *handle, const char *name, int pages)
{
    SqliteConn *conn = arg;
    conn->wal_pages = pages;
    conn->log_grew = true;
    return SQLITE_OK;
}

/* uuid_blob(text): an id in stored form; NULL if malformed. For ids that arrive as JSON text. */
static void uuid_blob(sqlite3_context *context, int n_args, sqlite3_value **args)
{
    const char *text = (const char *)sqlite3_value_text(args[0]);
    Id id;
    if (!text || !id_parse(str_of(text), &id)) return;
    sqlite3_result_blob(context, id.bytes, sizeof id.bytes, SQLITE_TRANSIENT);
}

static int on_progress(void *arg)
{
    const SqliteConn *conn = arg;
    const Ctx *ctx = conn->deadline_of;
    return ctx && ctx->deadline_ms && clock_monotonic_ms() >= ctx->deadline_ms;
}

static const char *synchronous_of(const char *name)
{
    static const char *const names[] = { "full", "normal" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq(str_of(name), str_of(names[i]))) return names[i];
    return NULL;
}

/* Set on each connection, because the file stores only the journal mode. */
static Err set_up(SqliteConn *conn, Ctx *ctx, const SqliteConfig *config)
{
    char sql[512];
    const char *synchronous = synchronous_of(config->synchronous);
    if (!synchronous) return ctx_fail(ctx, ERR_INVALID, "synchronous: \"full\" or \"normal\"");

    sqlite3_extended_result_codes(conn->handle, 1);
    sqlite3_busy_timeout(conn->handle, (int)config->busy_timeout_ms);
    sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* "text" in double quotes is a name, never a string. */
    sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int rc = sqlite3_create_function_v2(conn->handle, "uuid_blob", 1, flags, NULL, uuid_blob, NULL, NULL, NULL);
    if (rc != SQLITE_OK) return sqlite_fail(ctx, conn->handle, rc, "open");
    if (conn->read_only) sqlite3_progress_handler(conn->handle, STEPS_BETWEEN_CHECKS, on_progress, conn);

    /* The writer checkpoints by itself, when nobody waits for it. */
    snprintf(sql, sizeof sql,
             "PRAGMA synchronous = %s; PRAGMA cache_size = -%u; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
             "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = 0;"
             "PRAGMA journal_size_limit = 16777216;"
             "PRAGMA foreign_keys = ON; PRAGMA query_only = %d",
             synchronous, conn->read_only ? config->read_cache_kib : config->write_cache_kib, conn->read_only);
    Err err = sqlite_conn_script(conn, ctx, sql, "open");
    if (err || conn->read_only) return err;

    sqlite3_wal_hook(conn->handle, on_commit_pages, conn);
    return sqlite_conn_script(conn, ctx, "PRAGMA journal_mode = WAL", "open");
}

Err sqlite_conn_open(Ctx *ctx, Db *db, const char *path, const DbSchema *schema, const SqliteConfig *config,
                     bool read_only, SqliteConn **out_conn)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, without_counters);

    SqliteConn *conn = calloc(1, sizeof *conn);
    if (!conn) abort();
    conn->tx.db = db;
    conn->schema = schema;
    conn->read_only = read_only;
    conn->statements = calloc((size_t)schema->n_queries + 1, sizeof *conn->statements);
    if (!conn->statements) abort();

    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (read_only ? 0 : SQLITE_OPEN_CREATE);
    int rc = sqlite3_open_v2(path, &conn->handle, flags, NULL);
    Err err = rc == SQLITE_OK ? set_up(conn, ctx, config) : sqlite_fail(ctx, conn->handle, rc, "open");
    if (err) {
        sqlite_conn_close(conn);
        return err;
    }
    *out_conn = conn;
    return OK;
}

void sqlite_conn_close(SqliteConn *conn)
{
    if (!conn) return;
    for (int i = 0; i < CONTROL_COUNT_; i++) sqlite3_finalize(conn->controls[i]);
    for (int i = 0; i < conn->schema->n_queries; i++) sqlite3_finalize(conn->statements[i].handle);
    sqlite3_close(conn->handle);
    free(conn->statements);
    free(conn);
}

Err sqlite_conn_control(SqliteConn *conn, Ctx *ctx, SqliteControl control)
{
    sqlite3_stmt **statement = &conn->controls[control];
    const char *sql = control_sql[control];
    if (!*statement) {
        int rc = sqlite3_prepare_v3(conn->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
        if (rc != SQLITE_OK) return sqlite_fail(ctx, conn->handle, rc, sql);
    }
    int rc = sqlite3_step(*statement);
    Err err = rc == SQLITE_DONE ? OK : sqlite_fail(ctx, conn->handle, rc, sql);
    sqlite3_reset(*statement);
    return err;
}

void sqlite_conn_rollback(SqliteConn *conn, Ctx *ctx)
{
    if (!sqlite_conn_in_tx(conn)) return;
    /* ctx has the reason for the rollback and must keep it. */
    Ctx before = *ctx;
    Err err = sqlite_conn_control(conn, ctx, CONTROL_ROLLBACK);
    (void)err;
    *ctx = before;
}

Err sqlite_conn_run(SqliteConn *conn, Ctx *ctx, DbFn fn, void *arg)
{
    conn->fault = conn->lost_err = OK;
    Err err = fn(&conn->tx, ctx, arg);
    statements_reset(conn);
    if (conn->lost_err) return conn->lost_err;
    return err ? err : conn->fault; /* an error that the function ignored */
}

Err sqlite_conn_script(SqliteConn *conn, Ctx *ctx, const char *sql, const char *doing)
{
    int rc = sqlite3_exec(conn->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? OK : sqlite_fail(ctx, conn->handle, rc, doing);
}

Err sqlite_conn_number(SqliteConn *conn, Ctx *ctx, const char *sql, int64_t otherwise, int64_t *out_number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(conn->handle, sql, -1, &statement, NULL);
    if (rc != SQLITE_OK) return sqlite_fail(ctx, conn->handle, rc, sql);
    rc = sqlite3_step(statement);
    Err err = rc == SQLITE_ROW || rc == SQLITE_DONE ? OK : sqlite_fail(ctx, conn->handle, rc, sql);
    if (!err) *out_number = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : otherwise;
    sqlite3_finalize(statement);
    return err;
}
