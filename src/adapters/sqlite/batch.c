/* Writes run one after another inside one transaction, each in a savepoint. If one fails, it is rolled back to its
 * savepoint and the others continue. If everything is undone at once, because the commit failed or because SQLite
 * rolled back on a full disk or an I/O error, the others' work was lost through no fault of theirs: then each runs
 * again in its own transaction and gets its own result. */
#include "adapters/sqlite/batch.h"

#include "runtime/clock.h"

static bool is_too_late(Write *write)
{
    int64_t deadline_ms = write->ctx->deadline_ms;
    if (deadline_ms == 0 || clock_monotonic_ms() < deadline_ms) return false;
    write->err = ctx_fail(write->ctx, ERR_UNAVAILABLE, "the deadline passed before the write was stored");
    return true;
}

/* Sets *out_stored if there was anything to write to disk. */
static Err commit(SqliteConn *conn, Ctx *ctx, unsigned n_writes, const BatchMetrics *metrics, bool *out_stored)
{
    int64_t started_ns = clock_monotonic_ns();
    conn->log_grew = false;
    Err err = sqlite_conn_control(conn, ctx, CONTROL_COMMIT);
    if (err || !conn->log_grew) return err;
    metric_observe(metrics->commit_seconds, (clock_monotonic_ns() - started_ns) / 1000);
    metric_observe(metrics->commit_writes, n_writes);
    metric_add(metrics->commits, 1);
    *out_stored = true;
    return OK;
}

/* A single write needs no savepoint. */
static void run_alone(SqliteConn *conn, Write *write, const BatchMetrics *metrics, bool *out_stored)
{
    Ctx *ctx = write->ctx;
    write->err = sqlite_conn_control(conn, ctx, CONTROL_BEGIN_IMMEDIATE);
    if (!write->err) write->err = sqlite_conn_run(conn, ctx, write->fn, write->arg);
    if (!write->err) write->err = commit(conn, ctx, 1, metrics, out_stored);
    if (write->err) sqlite_conn_rollback(conn, ctx);
}

/* False if the savepoint, and perhaps the transaction, can no longer be trusted. */
static bool run_in_savepoint(SqliteConn *conn, Write *write)
{
    Ctx *ctx = write->ctx;
    write->err = sqlite_conn_control(conn, ctx, CONTROL_SAVEPOINT);
    if (write->err) return false;
    write->err = sqlite_conn_run(conn, ctx, write->fn, write->arg);
    if (!sqlite_conn_in_tx(conn)) return false;

    Ctx story = *ctx;
    if (write->err && sqlite_conn_control(conn, ctx, CONTROL_ROLLBACK_TO)) return false;
    if (sqlite_conn_control(conn, ctx, CONTROL_RELEASE)) return false;
    *ctx = story;
    return true;
}

/* False if the whole transaction was undone: nothing is stored, and writes that had succeeded have no result. */
static bool run_together(SqliteConn *conn, Write *first, unsigned n, const BatchMetrics *metrics, bool *out_stored)
{
    unsigned n_good = 0;
    for (Write *write = first; n > 0; write = write->next, n--) {
        if (!run_in_savepoint(conn, write)) return false;
        if (!write->err) n_good++;
    }
    return commit(conn, first->ctx, n_good, metrics, out_stored) == OK;
}

/* For example locked: retrying each write would only wait as long again. */
static void fail_all(Write *first, unsigned n, Err err)
{
    first->err = err;
    for (Write *write = first->next; --n > 0; write = write->next)
        write->err = ctx_fail(write->ctx, err, "%s", first->ctx->err_text);
}

bool batch_run(SqliteConn *conn, Write *first, unsigned n, const BatchMetrics *metrics)
{
    bool stored = false;
    if (n == 1) {
        run_alone(conn, first, metrics, &stored);
        return stored;
    }
    Err err = sqlite_conn_control(conn, first->ctx, CONTROL_BEGIN_IMMEDIATE);
    if (err) {
        fail_all(first, n, err);
        return false;
    }
    if (run_together(conn, first, n, metrics, &stored)) return stored;

    sqlite_conn_rollback(conn, first->ctx);
    for (Write *write = first; n > 0; write = write->next, n--) {
        ctx_clear(write->ctx);
        if (!is_too_late(write)) run_alone(conn, write, metrics, &stored);
    }
    return stored;
}
