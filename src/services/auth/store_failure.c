/* Rows of wrong passwords. */
#include "auth_queries.h"
#include "services/auth/store.h"

Err failure_get(Tx *tx, Ctx *ctx, Str key, int64_t since_ms, FailureRow *out_failures)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, AUTH_Q_FAILURE_BY_KEY, DB_ARGS(db_blob(key), db_int(since_ms)), &rows);
    *out_failures = (FailureRow){ 0 };
    if (err == ERR_NOT_FOUND) return OK;
    if (!err) *out_failures = (FailureRow){ row_int(&rows, 0), row_int(&rows, 1) };
    return err;
}

Err failure_add(Tx *tx, Ctx *ctx, Str key, int64_t since_ms)
{
    return tx_exec(tx, ctx, AUTH_Q_FAILURE_ADD, DB_ARGS(db_blob(key), db_int(ctx->now_ms), db_int(since_ms)), NULL);
}

Err failure_move(Tx *tx, Ctx *ctx, Str key, int64_t before_ms, int64_t after_ms)
{
    int64_t changed = 0;
    Err err =
        tx_exec(tx, ctx, AUTH_Q_FAILURE_MOVE, DB_ARGS(db_blob(key), db_int(before_ms), db_int(after_ms)), &changed);
    if (err) return err;
    return changed ? OK : ERR_CONFLICT;
}

Err failure_lower(Tx *tx, Ctx *ctx, Str key, int64_t by)
{
    Err err = tx_exec(tx, ctx, AUTH_Q_FAILURE_LOWER, DB_ARGS(db_blob(key), db_int(by)), NULL);
    if (err) return err;
    return tx_exec(tx, ctx, AUTH_Q_FAILURE_REMOVE_EMPTY, DB_ARGS(db_blob(key)), NULL);
}

Err failure_remove(Tx *tx, Ctx *ctx, Str key)
{
    return tx_exec(tx, ctx, AUTH_Q_FAILURE_REMOVE, DB_ARGS(db_blob(key)), NULL);
}

Err failure_sweep(Tx *tx, Ctx *ctx, int64_t since_ms, int64_t keep)
{
    Err err = tx_exec(tx, ctx, AUTH_Q_FAILURE_REMOVE_OLD, DB_ARGS(db_int(since_ms)), NULL);
    if (err) return err;
    return tx_exec(tx, ctx, AUTH_Q_FAILURE_REMOVE_MOST, DB_ARGS(db_int(keep - 1)), NULL);
}
