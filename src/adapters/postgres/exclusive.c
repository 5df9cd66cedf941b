/* A transaction-level rather than session-level lock: the server releases it when the transaction ends in any way, when
 * the connection breaks, and after idle_in_transaction_session_timeout if we stop without dying. It also works through
 * a pooler. The transaction stays empty: it holds no snapshot and no number, so it blocks nobody. */
#include <stdio.h>

#include "adapters/postgres/database.h"
#include "adapters/postgres/error.h"
#include "runtime/clock.h"

static void add_text(PgConn *conn, int statement, const char *text)
{
    ParamList params = { .n = 0 };
    DbValue value = db_text(str_of(text));
    param_add(&params, &value, OID_TEXT);
    conn_add(conn, statement, &params);
}

static Err lock(PgConn *conn, Ctx *ctx, const char *key)
{
    char wait_ms[24];
    int64_t left_ms = ctx->deadline_ms ? ctx->deadline_ms - clock_monotonic_ms() : conn->target->config.lock_timeout_ms;
    /* Less than the statement's own timeout, and not 0, which would mean for ever. */
    int64_t max_ms = conn->target->config.statement_timeout_ms * 9 / 10;
    if (left_ms > max_ms) left_ms = max_ms;
    snprintf(wait_ms, sizeof wait_ms, "%lld", (long long)(left_ms < 1 ? 1 : left_ms));
    conn_add(conn, SYS_BEGIN_WRITE, NULL);
    add_text(conn, SYS_WAIT_MS, wait_ms);
    add_text(conn, SYS_LOCK, key);
    Err err = conn_flush(conn, ctx, NULL);
    if (!err || conn->broken) return err;

    bool timed_out = str_eq(str_of(conn->sqlstate), STR("55P03"));
    const Ctx story = *ctx;
    conn_add(conn, SYS_ROLLBACK, NULL);
    if (conn_flush(conn, ctx, NULL)) conn->broken = true;
    *ctx = story;
    return timed_out ? ctx_fail(ctx, ERR_TIMEOUT, "another process holds %s", key) : err;
}

Err postgres_exclusive(Db *db, Ctx *ctx, const char *key, DbExclusiveFn fn, void *arg)
{
    PostgresDb *self = postgres_db_of(db);
    PgConn *conn;
    Err err = pool_take(self->locks, ctx, &conn);
    if (err) return err;
    err = lock(conn, ctx, key);
    if (!err) {
        err = fn(ctx, arg);
        conn_add(conn, SYS_COMMIT, NULL);
        conn_post(conn); /* the result does not matter */
    }
    pool_give(self->locks, conn);
    return err;
}
