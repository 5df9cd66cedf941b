/* Queries of the schema on one connection: the part of the driver that functions in a transaction use. */
#pragma once
#include "adapters/sqlite/conn.h"

/* Members of DbOps; see ports/db.h. */
Err sqlite_tx_exec(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t *out_changed);
Err sqlite_tx_query(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows);
bool sqlite_rows_next(Rows *rows);
void sqlite_rows_done(Rows *rows);
bool sqlite_row_is_null(const Rows *rows, int column);
int64_t sqlite_row_int(const Rows *rows, int column);
Str sqlite_row_bytes(const Rows *rows, int column);
Id sqlite_row_id(const Rows *rows, int column);

/* Closes the cursors that a function left open. */
void statements_reset(SqliteConn *conn);
/* Compiles every query of the schema once, so that a mistake prevents startup instead of failing for the first user. */
MUST_CHECK Err statements_check(SqliteConn *conn, Ctx *ctx);
