/* One connection to a database file with its prepared statements. It is the Tx passed to functions, so a connection has
 * at most one transaction. Used by one thread at a time; each function needs the connection for itself. */
#pragma once
#include <sqlite3.h>

#include "adapters/sqlite/sqlite.h"

/* Statements that frame a transaction. */
typedef enum SqliteControl {
    CONTROL_BEGIN,           /* a snapshot to read */
    CONTROL_BEGIN_IMMEDIATE, /* to write: takes the lock at once */
    CONTROL_SAVEPOINT,       /* around one function of several that commit together */
    CONTROL_RELEASE,
    CONTROL_ROLLBACK_TO, /* undoes the function, keeps the savepoint */
    CONTROL_COMMIT,
    CONTROL_ROLLBACK,
    CONTROL_COUNT_,
} SqliteControl;

#define QUERY_PARAMS_MAX 32

/* A prepared query. */
typedef struct Statement {
    sqlite3_stmt *handle; /* NULL: not used yet on this connection */
    int n_params;
    /* SQLite numbers $1, $2 in the order in which they appear; this is the number written in the text. */
    unsigned char param_of[QUERY_PARAMS_MAX];
    bool at_end; /* its last row was read */
} Statement;

typedef struct SqliteConn {
    Tx tx; /* first: a Tx of this driver is a SqliteConn */
    /* fixed after open */
    const DbSchema *schema;
    bool read_only;
    sqlite3 *handle;
    /* the owner's */
    sqlite3_stmt *controls[CONTROL_COUNT_];
    Statement *statements; /* by query */
    int wal_pages;         /* writer: length of the log after the last commit */
    bool log_grew;         /* writer: set by a commit that wrote */
    int open_cursors;
    Err fault;              /* a statement's error other than a conflict: the function fails with it */
    Err lost_err;           /* SQLite has rolled back the whole transaction; nothing may run in it any more */
    const Ctx *deadline_of; /* a read is interrupted at this request's deadline; NULL: none */
} SqliteConn;

/* Opens the file; read_only connections never write. db becomes tx.db. */
MUST_CHECK Err sqlite_conn_open(Ctx *ctx, Db *db, const char *path, const DbSchema *schema, const SqliteConfig *config,
                                bool read_only, SqliteConn **out_conn);
/* Accepts NULL. The last connection of a file checkpoints the log. */
void sqlite_conn_close(SqliteConn *conn);

/* BEGIN, COMMIT and the like. */
MUST_CHECK Err sqlite_conn_control(SqliteConn *conn, Ctx *ctx, SqliteControl control);
/* Ends the transaction, if there still is one. Cannot fail: in that case SQLite has already rolled it back. */
void sqlite_conn_rollback(SqliteConn *conn, Ctx *ctx);
/* Runs one function in the open transaction and closes what it left open. OK only if everything succeeded. */
MUST_CHECK Err sqlite_conn_run(SqliteConn *conn, Ctx *ctx, DbFn fn, void *arg);
/* Runs statements that have no parameters and whose result nobody wants. */
MUST_CHECK Err sqlite_conn_script(SqliteConn *conn, Ctx *ctx, const char *sql, const char *doing);
/* The first column of the first row of `sql`, or `otherwise` when there is no row. */
MUST_CHECK Err sqlite_conn_number(SqliteConn *conn, Ctx *ctx, const char *sql, int64_t otherwise, int64_t *out_number);

/* The transaction of this connection is still there. */
static inline bool sqlite_conn_in_tx(const SqliteConn *conn)
{
    return sqlite3_get_autocommit(conn->handle) == 0;
}
