/* One connection with its prepared statements, in libpq's pipeline mode: statements are queued, and sent together when
 * a result is needed. It is the Tx passed to functions. Used by one thread at a time. */
#pragma once
#include "adapters/postgres/postgres.h"
#include "adapters/postgres/prepared.h"

/* Statements of the driver itself. */
typedef enum SystemStatement {
    SYS_BEGIN_WRITE,
    SYS_BEGIN_READ,
    SYS_BEGIN_SERIALIZABLE,
    SYS_COMMIT,
    SYS_ROLLBACK,
    SYS_SAVEPOINT, /* before a statement that may conflict */
    SYS_RELEASE,
    SYS_ROLLBACK_TO,
    SYS_XID,     /* the transaction's number, to query its outcome later */
    SYS_FATE,    /* $1: such a number */
    SYS_CHECK,   /* whether the server accepts writes */
    SYS_TOUCH,   /* a write that changes nothing */
    SYS_WAIT_MS, /* $1: how long this transaction may wait for a lock */
    SYS_LOCK,    /* $1: a name */
    SYS_TIMEOUT, /* $1: how many ms a statement of this transaction may take */
    SYS_COUNT_,  /* queries of the schema follow */
} SystemStatement;

#define CONN_WAITING_MAX 128 /* queued statements without a result */

/* The expected results, in order. */
typedef struct Waiting {
    enum { WAIT_STATEMENT, WAIT_PREPARE, WAIT_SYNC } kind;
    int statement;
} Waiting;

typedef struct Cursor Cursor;

/* The target of all connections. */
typedef struct Target {
    PostgresConfig config; /* its texts are owned here */
    const DbSchema *schema;
    PreparedQuery *prepared; /* by query */
    Db *db;
} Target;

struct PgConn {
    Tx tx; /* first: a Tx of this driver is a PgConn */
    /* fixed after open */
    const Target *target;
    const DbSchema *schema;
    PGconn *handle;
    char server_epoch[64]; /* changes after a crash of the server, or with another server */
    /* owned by the current user */
    bool *prepared; /* by statement: system statements, then queries */
    Waiting waiting[CONN_WAITING_MAX];
    int n_waiting;
    bool broken;
    char sqlstate[6];     /* of the first failure of the last flush */
    int failed_statement; /* and which it was */
    int64_t changed;      /* rows, by all statements that were answered since it was set to 0 */
    struct TxState {
        bool writes, careful, begun, aborted, conflict_told, wants_careful, lost_race;
        Err fault;
        int64_t xid;        /* 0: not known yet */
        int64_t timeout_ms; /* of its statements; 0: the session's */
        int n_lazy;
        Cursor *cursors;
    } state;
};

/* For _cleanup_(). */
void result_clearp(PGresult **result);

/* Connects and sets the session up. */
MUST_CHECK Err conn_open(Ctx *ctx, const Target *target, PgConn **out_conn);
/* A connection without pipeline mode, for migrations; closed with PQfinish(). */
MUST_CHECK Err connect_plain(Ctx *ctx, const Target *target, PGconn **out_handle);
/* Accepts NULL. */
void conn_close(PgConn *conn);

/* Queues a statement; params may be NULL. If the connection breaks here, the next flush reports it. */
void conn_add(PgConn *conn, int statement, const ParamList *params);
void conn_add_describe(PgConn *conn, int statement);
/* Lets the statements that follow in this transaction take what is left until ctx's deadline, at most what the session
 * allows. The setting ends with the transaction, and travels with the statements, so it costs no round trip. The server
 * does not apply it to what a commit waits for: the disk and synchronous standbys.
 *   ERR_TIMEOUT  nothing is left */
MUST_CHECK Err conn_add_timeout(PgConn *conn, Ctx *ctx);
/* Sends queued statements and waits for all results: until the deadline of ctx or the session's timeout, whichever comes
 * first, and a little longer, so that the server can end a statement and the connection lives; then it is given up. A
 * flush that ends a write waits for the session's timeout in any case (docs/adr/0029-deadlines-in-the-database.md).
 * out_last (may be NULL): the last statement's, or NULL. Of several failures the first counts, because the server skips
 * everything after it.
 *   ERR_TIMEOUT  the server ended a statement, and the deadline of ctx has passed
 *   else         as postgres_fail() and postgres_broken() */
MUST_CHECK Err conn_flush(PgConn *conn, Ctx *ctx, PGresult **out_last);
/* Sends queued statements without waiting; conn_settle() waits. */
void conn_post(PgConn *conn);
/* Waits for posted statements, as conn_flush() does. False if the connection is broken, or one of them failed: nobody
 * is left who would end their transaction. */
bool conn_settle(PgConn *conn, const Ctx *ctx);
/* Checks, without waiting, whether the server has closed the idle connection. */
bool conn_is_alive(PgConn *conn);
