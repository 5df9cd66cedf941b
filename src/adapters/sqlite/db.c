#include <stdlib.h>
#include <sys/stat.h>

#include "adapters/sqlite/conn.h"
#include "adapters/sqlite/migrate.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/sqlite.h"
#include "adapters/sqlite/statement.h"
#include "adapters/sqlite/writer.h"
#include "runtime/thread.h"

typedef struct SqliteDb {
    Db base;
    /* fixed after open */
    const DbSchema *schema;
    Writer *writer;
    Readers *readers;
} SqliteDb;

static SqliteDb *self_of(Db *db)
{
    return CONTAINER_OF(db, SqliteDb, base);
}

static Err db_sqlite_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    thread_role_assert(THREAD_WORKER);
    return writer_run(self_of(db)->writer, ctx, fn, arg);
}

static bool db_sqlite_has(const Db *db, int query)
{
    return CONTAINER_OF(db, const SqliteDb, base)->schema->queries[query].sql != NULL;
}

typedef struct One {
    const DbStatement *statement;
    DbRowFn fn;
    void *arg;
} One;

static Err run_one(Tx *tx, Ctx *ctx, void *arg)
{
    const One *one = arg;
    const DbStatement *statement = one->statement;
    _cleanup_(rows_done) Rows rows = { 0 };
    tx_mark(tx, statement->marks);
    Err err = tx_query(tx, ctx, statement->query, statement->params, statement->n_params, &rows);
    if (err) return err;
    while (rows_next(&rows)) one->fn(&rows, one->arg);
    return rows_err(&rows);
}

/* SQLite gains nothing from it, so it is an ordinary transaction. */
static Err db_sqlite_write_one(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg)
{
    thread_role_assert(THREAD_WORKER);
    One one = { statement, fn, arg };
    return writer_run(self_of(db)->writer, ctx, run_one, &one);
}

static Err db_sqlite_read(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    thread_role_assert(THREAD_WORKER);
    return readers_run(self_of(db)->readers, ctx, fn, arg);
}

/* The lock of the data directory excludes other processes. */
static Err db_sqlite_exclusive(Db *db, Ctx *ctx, const char *key, DbExclusiveFn fn, void *arg)
{
    return fn(ctx, arg);
}

static void db_sqlite_on_commit(Db *db, void (*fn)(void *arg, unsigned marks), void *arg)
{
    writer_on_commit(self_of(db)->writer, fn, arg);
}

static Err take_lock_only(Tx *tx, Ctx *ctx, void *arg)
{
    return OK;
}

static Err write_something(Tx *tx, Ctx *ctx, void *arg)
{
    return sqlite_conn_script(CONTAINER_OF(tx, SqliteConn, tx), ctx,
                              "UPDATE molva_migrations SET number = number WHERE number = 0", "check");
}

/* For a healthy database taking the write lock suffices, which costs no disk write. After a failure the check writes,
 * so that it returns OK only once there is space. */
static Err db_sqlite_check(Db *db, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    Writer *writer = self_of(db)->writer;
    return writer_run(writer, ctx, writer_is_failing(writer) ? write_something : take_lock_only, NULL);
}

static void db_sqlite_free(Db *db)
{
    SqliteDb *self = self_of(db);
    readers_free(self->readers);
    writer_stop(self->writer); /* last: closing it checkpoints the log */
    free(self);
}

static const DbOps sqlite_ops = {
    .driver = "sqlite",
    .has = db_sqlite_has,
    .write = db_sqlite_write,
    .write_one = db_sqlite_write_one,
    .read = db_sqlite_read,
    .exclusive = db_sqlite_exclusive,
    .on_commit = db_sqlite_on_commit,
    .exec = sqlite_tx_exec,
    .query = sqlite_tx_query,
    .rows_next = sqlite_rows_next,
    .rows_done = sqlite_rows_done,
    .is_null = sqlite_row_is_null,
    .get_int = sqlite_row_int,
    .get_bytes = sqlite_row_bytes,
    .get_id = sqlite_row_id,
    .check = db_sqlite_check,
    .free = db_sqlite_free,
};

/* Damage found now is a clear refusal to start; found later it is a failing request. */
static Err check_file(SqliteConn *conn, Ctx *ctx, const char *path, const SqliteConfig *config)
{
    struct stat info;
    int64_t damaged = 0;
    if (stat(path, &info) != 0 || info.st_size > (off_t)config->check_mib_max << 20) return OK;
    Err err = sqlite_conn_number(conn, ctx, "SELECT count(*) FROM pragma_quick_check(1) WHERE quick_check <> 'ok'", 0,
                                 &damaged);
    if (!err && damaged) err = ctx_fail(ctx, ERR_INTERNAL, "%s is damaged; restore it from a backup", path);
    return err;
}

static Err open_writer(Ctx *ctx, Db *db, const char *path, const DbSchema *schema, const SqliteConfig *config,
                       SqliteConn **out_conn)
{
    SqliteConn *conn = NULL;
    Err err = sqlite_conn_open(ctx, db, path, schema, config, false, &conn);
    if (!err) err = check_file(conn, ctx, path, config);
    if (!err) err = sqlite_migrate(conn, ctx);
    if (!err) err = statements_check(conn, ctx);
    if (err) {
        sqlite_conn_close(conn);
        return err;
    }
    *out_conn = conn;
    return OK;
}

Err sqlite_open(Ctx *ctx, const char *dir, const DbSchema *schema, const SqliteConfig *config, Db **out_db)
{
    SqliteConn *conn;
    const char *path = str_fmt(ctx->arena, "%s/%s.db", dir, schema->service).ptr;
    const SqliteConfig defaults = SQLITE_CONFIG_DEFAULT;
    if (!config) config = &defaults;
    if (config->read_connections < 1 || config->read_connections > SQLITE_READ_CONNECTIONS_MAX)
        return ctx_fail(ctx, ERR_INVALID, "read connections: 1 to %d", SQLITE_READ_CONNECTIONS_MAX);

    SqliteDb *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &sqlite_ops;
    self->schema = schema;
    Err err = open_writer(ctx, &self->base, path, schema, config, &conn);
    if (err) {
        free(self);
        return err;
    }
    self->writer = writer_start(conn, config->writes_queued_max);
    self->readers = readers_new(&self->base, path, schema, config);
    *out_db = &self->base;
    return OK;
}
