#include "adapters/sqlite/statement.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "adapters/sqlite/error.h"

static SqliteConn *conn_of(Tx *tx)
{
    return CONTAINER_OF(tx, SqliteConn, tx);
}

static const char *doing(Ctx *ctx, const SqliteConn *conn, int query)
{
    return str_fmt(ctx->arena, "query %s", conn->schema->queries[query].name).ptr;
}

/* Records a failed statement, and whether the transaction survived. After a full disk or an I/O error SQLite may have
 * rolled back all of it, and the next statement would be committed on its own. A function may handle a conflict; after
 * any other error it cannot return OK. */
static Err statement_failed(SqliteConn *conn, Ctx *ctx, int query, int rc)
{
    Err err = sqlite_fail(ctx, conn->handle, rc, doing(ctx, conn, query));
    if (err != ERR_CONFLICT) conn->fault = err;
    if (!sqlite_conn_in_tx(conn)) conn->lost_err = err;
    assert(err != OK);
    return err;
}

/* Fills param_of. */
static Err number_params(SqliteConn *conn, Ctx *ctx, int query, Statement *statement)
{
    int n_params = sqlite3_bind_parameter_count(statement->handle);
    for (int i = 0; i < n_params; i++) {
        uint64_t number = 0;
        const char *name = sqlite3_bind_parameter_name(statement->handle, i + 1);
        bool is_number = name && name[0] == '$' && str_to_u64(str_of(name + 1), QUERY_PARAMS_MAX, &number);
        if (!is_number || number == 0 || i >= QUERY_PARAMS_MAX)
            return ctx_fail(ctx, ERR_INTERNAL, "%s: parameters are $1 to $%d", doing(ctx, conn, query),
                            QUERY_PARAMS_MAX);
        statement->param_of[i] = (unsigned char)number;
    }
    statement->n_params = n_params;
    return OK;
}

static Err statement_prepare(SqliteConn *conn, Ctx *ctx, int query, Statement *statement)
{
    const char *sql = conn->schema->queries[query].sql;
    int rc = sqlite3_prepare_v3(conn->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL);
    if (rc != SQLITE_OK) return sqlite_fail(ctx, conn->handle, rc, doing(ctx, conn, query));
    Err err = number_params(conn, ctx, query, statement);
    if (err) {
        sqlite3_finalize(statement->handle);
        statement->handle = NULL;
    }
    return err;
}

/* SQLite has no arrays, but can read a JSON text as a table. */
static Str json_of(Arena *arena, const DbValue *value)
{
    char text[ID_TEXT_LEN + 1];
    StrBuf json;
    strbuf_init(&json, arena);
    strbuf_add_char(&json, '[');
    for (size_t i = 0; i < value->count; i++) {
        if (i) strbuf_add_char(&json, ',');
        if (value->type == DB_IDS) id_format(value->ids[i], text);
        if (value->type == DB_IDS)
            strbuf_fmt(&json, "\"%s\"", text);
        else
            strbuf_fmt(&json, "%" PRId64, value->numbers[i]);
    }
    strbuf_add_char(&json, ']');
    return strbuf_str(&json);
}

/* `lifetime`: whether SQLite may keep pointing to the bytes. */
static int bind(sqlite3_stmt *statement, int at, Arena *arena, const DbValue *value, sqlite3_destructor_type lifetime)
{
    Str json;
    /* SQLite reads a NULL pointer as NULL, but an empty Str is an empty value. */
    const char *bytes = value->bytes.ptr ? value->bytes.ptr : "";
    switch (value->type) {
    case DB_INT: return sqlite3_bind_int64(statement, at, value->number);
    case DB_TEXT: return sqlite3_bind_text64(statement, at, bytes, value->bytes.len, lifetime, SQLITE_UTF8);
    case DB_BLOB: return sqlite3_bind_blob64(statement, at, bytes, value->bytes.len, lifetime);
    case DB_ID: return sqlite3_bind_blob64(statement, at, value->id.bytes, sizeof value->id.bytes, lifetime);
    case DB_IDS:
    case DB_INTS:
        json = json_of(arena, value);
        return sqlite3_bind_text64(statement, at, json.ptr, json.len, lifetime, SQLITE_UTF8);
    case DB_NULL: break;
    }
    return sqlite3_bind_null(statement, at);
}

/* The query's statement with its parameters, ready to step. */
static Err statement_start(SqliteConn *conn, Ctx *ctx, int query, const DbValue *params, int n_params,
                           sqlite3_destructor_type lifetime, Statement **out_statement)
{
    assert(query >= 0 && query < conn->schema->n_queries);
    Statement *statement = &conn->statements[query];
    Err lost = conn->lost_err;

    if (lost) return ctx_fail(ctx, lost, "%s: the transaction is lost", doing(ctx, conn, query));
    if (!statement->handle) {
        Err err = statement_prepare(conn, ctx, query, statement);
        if (err) return err;
    }
    if (sqlite3_stmt_busy(statement->handle))
        return ctx_fail(ctx, ERR_INTERNAL, "%s: its rows are open already", doing(ctx, conn, query));
    if (conn->read_only && !sqlite3_stmt_readonly(statement->handle))
        return ctx_fail(ctx, ERR_INTERNAL, "%s: writes inside db_read", doing(ctx, conn, query));

    for (int i = 0; i < statement->n_params; i++) {
        int number = statement->param_of[i];
        if (number > n_params)
            return ctx_fail(ctx, ERR_INTERNAL, "%s: $%d was not given", doing(ctx, conn, query), number);
        int rc = bind(statement->handle, i + 1, ctx->arena, &params[number - 1], lifetime);
        if (rc != SQLITE_OK) return statement_failed(conn, ctx, query, rc);
    }
    statement->at_end = false;
    *out_statement = statement;
    return OK;
}

/* Correct even before its last row: a writing statement has finished before the first. */
static void statement_end(Statement *statement)
{
    sqlite3_reset(statement->handle);
    sqlite3_clear_bindings(statement->handle);
}

Err sqlite_tx_exec(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t *out_changed)
{
    SqliteConn *conn = conn_of(tx);
    Statement *statement;
    Err err = statement_start(conn, ctx, query, params, n_params, SQLITE_STATIC, &statement);
    if (err) return err;

    int rc;
    while ((rc = sqlite3_step(statement->handle)) == SQLITE_ROW) continue; /* discards rows */
    if (rc != SQLITE_DONE) err = statement_failed(conn, ctx, query, rc);
    if (!err && out_changed)
        *out_changed = sqlite3_stmt_readonly(statement->handle) ? 0 : sqlite3_changes64(conn->handle);
    statement_end(statement); /* its parameters point at the caller's bytes */
    return err;
}

Err sqlite_tx_query(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows)
{
    SqliteConn *conn = conn_of(tx);
    Statement *statement;
    *out_rows = (Rows){ .ctx = ctx };
    /* The rows are read after this call, when the parameters may be gone, so they are copied. */
    Err err = statement_start(conn, ctx, query, params, n_params, SQLITE_TRANSIENT, &statement);
    if (err) return err;
    conn->open_cursors++;
    *out_rows = (Rows){ .tx = tx, .ctx = ctx, .driver = statement };
    return OK;
}

static int query_of(const SqliteConn *conn, const Statement *statement)
{
    return (int)(statement - conn->statements);
}

bool sqlite_rows_next(Rows *rows)
{
    SqliteConn *conn = conn_of(rows->tx);
    Statement *statement = rows->driver;
    if (rows->err) return false;
    if (conn->lost_err) {
        rows->err = ctx_fail(rows->ctx, conn->lost_err, "the transaction is lost");
        return false;
    }
    if (statement->at_end) return false; /* SQLite would start over */
    int rc = sqlite3_step(statement->handle);
    if (rc == SQLITE_ROW) return true;
    statement->at_end = true;
    if (rc != SQLITE_DONE) rows->err = statement_failed(conn, rows->ctx, query_of(conn, statement), rc);
    return false;
}

void sqlite_rows_done(Rows *rows)
{
    conn_of(rows->tx)->open_cursors--;
    statement_end(rows->driver);
}

bool sqlite_row_is_null(const Rows *rows, int column)
{
    const Statement *statement = rows->driver;
    return sqlite3_column_type(statement->handle, column) == SQLITE_NULL;
}

int64_t sqlite_row_int(const Rows *rows, int column)
{
    const Statement *statement = rows->driver;
    return sqlite3_column_int64(statement->handle, column);
}

Str sqlite_row_bytes(const Rows *rows, int column)
{
    const Statement *statement = rows->driver;
    /* In this order: fetching the bytes may convert the value, which changes its length. */
    const char *bytes = sqlite3_column_blob(statement->handle, column);
    int len = sqlite3_column_bytes(statement->handle, column);
    return str_dup(rows->ctx->arena, (Str){ bytes, bytes ? (size_t)len : 0 });
}

Id sqlite_row_id(const Rows *rows, int column)
{
    const Statement *statement = rows->driver;
    Id id = ID_NONE;
    const void *bytes = sqlite3_column_blob(statement->handle, column);
    int len = sqlite3_column_bytes(statement->handle, column);
    assert(len == 0 || len == sizeof id.bytes);
    if (bytes && len == sizeof id.bytes) memcpy(id.bytes, bytes, sizeof id.bytes);
    return id;
}

void statements_reset(SqliteConn *conn)
{
    if (conn->open_cursors == 0) return;
    for (int i = 0; i < conn->schema->n_queries; i++) {
        Statement *statement = &conn->statements[i];
        if (statement->handle && sqlite3_stmt_busy(statement->handle)) statement_end(statement);
    }
    conn->open_cursors = 0;
}

Err statements_check(SqliteConn *conn, Ctx *ctx)
{
    for (int i = 0; i < conn->schema->n_queries; i++) {
        Statement statement = { .handle = NULL };
        if (!conn->schema->queries[i].sql) continue; /* another engine's */
        Err err = statement_prepare(conn, ctx, i, &statement);
        if (err) return err;
        sqlite3_finalize(statement.handle);
    }
    return OK;
}
