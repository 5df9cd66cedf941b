/* A statement whose result is not needed is queued without waiting: the next one, or the commit, brings its result
 * along. If it turns out to have failed with a conflict, which the function could have handled, the function runs again
 * in careful mode: each statement waited for, inside a savepoint. The same happens when a function continues after a
 * conflict, because PostgreSQL aborts a transaction in which a statement failed. So conflicts, which are rare, cost a
 * second run, and the usual case needs no savepoint. */
#include "adapters/postgres/statement.h"

#include <assert.h>

#include "adapters/postgres/error.h"

#define LAZY_MAX 32 /* queued statements without a result */

struct Cursor {
    PGresult *result;
    int row;
    Cursor *next;
};

static PgConn *conn_of(Tx *tx)
{
    return CONTAINER_OF(tx, PgConn, tx);
}

static Err take_params(PgConn *conn, Ctx *ctx, int query, const DbValue *params, int n_params, ParamList *out_list)
{
    const PreparedQuery *prepared = &conn->target->prepared[query];
    const char *name = conn->schema->queries[query].name;
    out_list->n = 0;
    out_list->arena = ctx->arena;
    if (prepared->n_params > n_params)
        return ctx_fail(ctx, ERR_INTERNAL, "query %s: $%d was not given", name, n_params + 1);
    for (int i = 0; i < prepared->n_params; i++)
        if (!param_add(out_list, &params[i], prepared->types[i]))
            return ctx_fail(ctx, ERR_INTERNAL, "query %s: $%d is not of the type that the server wants", name, i + 1);
    return OK;
}

/* Whether the transaction can take another statement. */
static Err may_go_on(PgConn *conn, Ctx *ctx)
{
    struct TxState *state = &conn->state;
    if (!state->aborted) return OK;
    if (state->conflict_told) state->wants_careful = true;
    return ctx_fail(ctx, state->fault ? state->fault : ERR_UNAVAILABLE, "database %s: the transaction is given up",
                    conn->schema->service);
}

static void begin(PgConn *conn)
{
    struct TxState *state = &conn->state;
    if (state->begun) return;
    state->begun = true;
    int write = conn->schema->serializable ? SYS_BEGIN_SERIALIZABLE : SYS_BEGIN_WRITE;
    conn_add(conn, state->writes ? write : SYS_BEGIN_READ, NULL);
    if (state->writes) conn_add(conn, SYS_XID, NULL);
}

/* In careful mode only the statement is undone. */
static Err undo_statement(PgConn *conn, Ctx *ctx)
{
    const Ctx story = *ctx;
    conn_add(conn, SYS_ROLLBACK_TO, NULL);
    conn_add(conn, SYS_RELEASE, NULL);
    Err err = conn_flush(conn, ctx, NULL);
    if (err) {
        conn->state.aborted = true;
        conn->state.lost_race = conn->broken;
        return conn->state.fault = err;
    }
    *ctx = story;
    return ERR_CONFLICT;
}

/* The first failure since the transaction began. `statement` is the one that the function waits for. */
static Err note_failure(PgConn *conn, Ctx *ctx, int statement, Err err)
{
    struct TxState *state = &conn->state;
    if (err == ERR_CONFLICT && state->careful && conn->failed_statement >= SYS_COUNT_) return undo_statement(conn, ctx);
    state->aborted = true;
    if (conn->broken || sqlstate_is_lost_race(conn->sqlstate)) state->lost_race = true;
    if (err == ERR_CONFLICT && conn->failed_statement == statement) {
        state->conflict_told = true;
        return err;
    }
    if (err == ERR_CONFLICT) {
        state->wants_careful = true;
        err = ctx_fail(ctx, ERR_UNAVAILABLE, "database %s: the transaction runs again", conn->schema->service);
    }
    return state->fault = err;
}

Err statements_flush(PgConn *conn, Ctx *ctx, int statement, PGresult **out_result)
{
    _cleanup_(result_clearp) PGresult *result = NULL;
    conn->state.n_lazy = 0;
    Err err = conn_flush(conn, ctx, &result);
    if (err) return note_failure(conn, ctx, statement, err);
    if (out_result) *out_result = TAKE_PTR(result);
    return OK;
}

static Err run(PgConn *conn, Ctx *ctx, int query, const DbValue *params, int n_params, bool lazy, PGresult **out_result)
{
    struct TxState *state = &conn->state;
    ParamList list;
    assert(query >= 0 && query < conn->schema->n_queries);
    Err err = may_go_on(conn, ctx);
    if (!err) err = take_params(conn, ctx, query, params, n_params, &list);
    if (err) return state->fault = state->fault ? state->fault : err;

    begin(conn);
    err = conn_add_timeout(conn, ctx);
    if (err) {
        state->aborted = true;
        return state->fault = err;
    }
    if (state->careful) conn_add(conn, SYS_SAVEPOINT, NULL);
    conn_add(conn, SYS_COUNT_ + query, &list);
    if (lazy && ++state->n_lazy < LAZY_MAX) return OK;
    err = statements_flush(conn, ctx, SYS_COUNT_ + query, out_result);
    if (!err && state->careful) conn_add(conn, SYS_RELEASE, NULL);
    return err;
}

Err postgres_tx_exec(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t *out_changed)
{
    PgConn *conn = conn_of(tx);
    _cleanup_(result_clearp) PGresult *result = NULL;
    bool lazy = !out_changed && conn->state.writes && !conn->state.careful;
    Err err = run(conn, ctx, query, params, n_params, lazy, &result);
    if (err || !out_changed) return err;
    uint64_t changed = 0;
    bool has_rows = str_starts_with(str_of(PQcmdStatus(result)), STR("SELECT"));
    if (!has_rows && !str_to_u64(str_of(PQcmdTuples(result)), INT64_MAX, &changed)) changed = 0;
    *out_changed = (int64_t)changed;
    return OK;
}

Err postgres_tx_query(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows)
{
    PgConn *conn = conn_of(tx);
    PGresult *result = NULL;
    *out_rows = (Rows){ .ctx = ctx };
    Err err = run(conn, ctx, query, params, n_params, false, &result);
    if (err) return err;
    Cursor *cursor = arena_new_of(ctx->arena, Cursor);
    *cursor = (Cursor){ .result = result, .row = -1, .next = conn->state.cursors };
    conn->state.cursors = cursor;
    *out_rows = (Rows){ .tx = tx, .ctx = ctx, .driver = cursor };
    return OK;
}

bool postgres_rows_next(Rows *rows)
{
    Cursor *cursor = rows->driver;
    if (cursor->row + 1 >= PQntuples(cursor->result)) return false;
    cursor->row++;
    return true;
}

void postgres_rows_done(Rows *rows)
{
    Cursor *cursor = rows->driver, **at = &conn_of(rows->tx)->state.cursors;
    while (*at && *at != cursor) at = &(*at)->next;
    if (!*at) return;
    *at = cursor->next;
    PQclear(cursor->result);
}

/* Its isolation is the session's, see connect.c. The server takes what is sent up to the sync for one transaction, in
 * which the timeout holds. */
Err statement_run_alone(PgConn *conn, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg)
{
    _cleanup_(result_clearp) PGresult *result = NULL;
    ParamList list;
    conn->state = (struct TxState){ .writes = true };
    conn->changed = 0;
    Err err = take_params(conn, ctx, statement->query, statement->params, statement->n_params, &list);
    if (!err) err = conn_add_timeout(conn, ctx);
    if (err) return err;
    conn_add(conn, SYS_COUNT_ + statement->query, &list);
    err = conn_flush(conn, ctx, &result);
    if (err) return err;
    Cursor cursor = { .result = result, .row = -1 };
    Rows rows = { .tx = &conn->tx, .ctx = ctx, .driver = &cursor };
    if (PQntuples(result) > 0 && conn->changed == 0) conn->changed = PQntuples(result);
    while (postgres_rows_next(&rows)) fn(&rows, arg);
    return OK;
}

void cursors_close(PgConn *conn)
{
    for (Cursor *cursor = conn->state.cursors; cursor; cursor = cursor->next) PQclear(cursor->result);
    conn->state.cursors = NULL;
}

bool postgres_row_is_null(const Rows *rows, int column)
{
    const Cursor *cursor = rows->driver;
    return PQgetisnull(cursor->result, cursor->row, column);
}

int64_t postgres_row_int(const Rows *rows, int column)
{
    const Cursor *cursor = rows->driver;
    return column_int(cursor->result, cursor->row, column);
}

Str postgres_row_bytes(const Rows *rows, int column)
{
    const Cursor *cursor = rows->driver;
    return str_dup(rows->ctx->arena, column_bytes(cursor->result, cursor->row, column));
}

Id postgres_row_id(const Rows *rows, int column)
{
    const Cursor *cursor = rows->driver;
    Id id = ID_NONE;
    Str bytes = column_bytes(cursor->result, cursor->row, column);
    assert(bytes.len == 0 || bytes.len == sizeof id.bytes);
    if (bytes.len == sizeof id.bytes) memcpy(id.bytes, bytes.ptr, sizeof id.bytes);
    return id;
}
