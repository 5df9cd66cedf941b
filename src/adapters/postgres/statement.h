/* tx_exec(), tx_query() and rows of this driver. */
#pragma once
#include "adapters/postgres/conn.h"

Err postgres_tx_exec(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t *out_changed);
Err postgres_tx_query(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows);
bool postgres_rows_next(Rows *rows);
void postgres_rows_done(Rows *rows);
bool postgres_row_is_null(const Rows *rows, int column);
int64_t postgres_row_int(const Rows *rows, int column);
Str postgres_row_bytes(const Rows *rows, int column);
Id postgres_row_id(const Rows *rows, int column);

/* Runs one statement outside of any transaction, as its own transaction, and passes on its rows. */
MUST_CHECK Err statement_run_alone(PgConn *conn, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg);
/* Closes rows that a function left open. */
void cursors_close(PgConn *conn);
/* Sends everything queued by the transaction and records the result. out_result as of conn_flush(). */
MUST_CHECK Err statements_flush(PgConn *conn, Ctx *ctx, int statement, PGresult **out_result);
