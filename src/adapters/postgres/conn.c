#include "adapters/postgres/conn.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "adapters/postgres/error.h"
#include "runtime/clock.h"

#define PATIENCE_MS 2000 /* beyond the deadline, and the server's own statement timeout */

static const char *const system_sql[SYS_COUNT_] = {
    [SYS_BEGIN_WRITE] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    [SYS_BEGIN_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    [SYS_BEGIN_SERIALIZABLE] = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
    [SYS_COMMIT] = "COMMIT",
    [SYS_ROLLBACK] = "ROLLBACK",
    [SYS_SAVEPOINT] = "SAVEPOINT molva",
    [SYS_RELEASE] = "RELEASE SAVEPOINT molva",
    [SYS_ROLLBACK_TO] = "ROLLBACK TO SAVEPOINT molva",
    [SYS_XID] = "SELECT pg_current_xact_id()::text::bigint",
    [SYS_FATE] = "SELECT pg_xact_status($1::bigint::text::xid8)",
    [SYS_CHECK] = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'",
    [SYS_TOUCH] = "UPDATE molva_migrations SET number = number WHERE number = 0",
    [SYS_WAIT_MS] = "SELECT set_config('lock_timeout', $1::text, true)",
    [SYS_LOCK] = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1::text, 0))",
    [SYS_TIMEOUT] = "SELECT set_config('statement_timeout', $1::text, true)",
};

void result_clearp(PGresult **result)
{
    PQclear(*result);
}

static const char *sql_of(const PgConn *conn, int statement)
{
    return statement < SYS_COUNT_ ? system_sql[statement] : query_sql(&conn->schema->queries[statement - SYS_COUNT_]);
}

static void wait_add(PgConn *conn, int kind, int statement)
{
    conn->waiting[conn->n_waiting++] = (Waiting){ .kind = kind, .statement = statement };
}

static const char *name_of(int statement, char name[16])
{
    snprintf(name, 16, "m%d", statement);
    return name;
}

/* Prepares a statement at its first use. */
static void add_prepare(PgConn *conn, int statement, const char *name)
{
    if (conn->prepared[statement] || conn->broken) return;
    if (!PQsendPrepare(conn->handle, name, sql_of(conn, statement), 0, NULL)) conn->broken = true;
    conn->prepared[statement] = true; /* until the server says otherwise */
    wait_add(conn, WAIT_PREPARE, statement);
}

void conn_add(PgConn *conn, int statement, const ParamList *params)
{
    static const ParamList none = { .n = 0 };
    char name[16];
    if (!params) params = &none;
    if (conn->n_waiting > CONN_WAITING_MAX - 4) conn->broken = true; /* a bug: callers must flush before */
    if (conn->broken) return;
    add_prepare(conn, statement, name_of(statement, name));
    if (!PQsendQueryPrepared(conn->handle, name, params->n, params->values, params->lengths, params->formats, 1))
        conn->broken = true;
    wait_add(conn, WAIT_STATEMENT, statement);
}

void conn_add_describe(PgConn *conn, int statement)
{
    char name[16];
    add_prepare(conn, statement, name_of(statement, name));
    if (conn->broken) return;
    if (!PQsendDescribePrepared(conn->handle, name)) conn->broken = true;
    wait_add(conn, WAIT_STATEMENT, statement);
}

/* INT64_MAX without a deadline. */
static int64_t left_until_deadline(const Ctx *ctx)
{
    return ctx->deadline_ms ? ctx->deadline_ms - clock_monotonic_ms() : INT64_MAX;
}

/* Not before every statement: while 7/8 of what the last setting allows are left, it is near enough, so the first
 * statements of most calls, whose deadline is as far as the session's timeout, need no setting. */
Err conn_add_timeout(PgConn *conn, Ctx *ctx)
{
    char text[24];
    ParamList params = { .n = 0 };
    int64_t left_ms = left_until_deadline(ctx), session_ms = conn->target->config.statement_timeout_ms;
    int64_t *set_ms = &conn->state.timeout_ms;
    if (left_ms <= 0) return ctx_fail(ctx, ERR_TIMEOUT, "the deadline passed before the database had finished");
    if (left_ms >= (*set_ms ? *set_ms : session_ms) * 7 / 8) return OK;
    *set_ms = left_ms;
    snprintf(text, sizeof text, "%lld", (long long)left_ms);
    DbValue value = db_text(str_of(text));
    param_add(&params, &value, OID_TEXT);
    conn_add(conn, SYS_TIMEOUT, &params);
    return OK;
}

static void add_sync(PgConn *conn)
{
    if (conn->broken) return;
    if (!PQpipelineSync(conn->handle)) conn->broken = true;
    wait_add(conn, WAIT_SYNC, SYS_COMMIT);
}

/* Waits until libpq has a result. */
static bool wait_result(PgConn *conn, int64_t until_ms)
{
    for (;;) {
        int unsent = PQflush(conn->handle);
        if (unsent < 0) return false;
        if (!PQisBusy(conn->handle)) return true;
        int64_t left_ms = until_ms - clock_monotonic_ms();
        struct pollfd fd = { .fd = PQsocket(conn->handle), .events = (short)(POLLIN | (unsent ? POLLOUT : 0)) };
        if (left_ms <= 0) return false;
        int n = poll(&fd, 1, (int)left_ms);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0 && !PQconsumeInput(conn->handle)) return false;
    }
}

/* The result of the oldest statement; also consumes the NULL after it. NULL if the connection is broken. */
static PGresult *next_result(PgConn *conn, int64_t until_ms)
{
    PGresult *result = NULL;
    while (!result) {
        if (!wait_result(conn, until_ms)) return NULL;
        result = PQgetResult(conn->handle);
        if (PQstatus(conn->handle) == CONNECTION_BAD) {
            PQclear(result);
            return NULL;
        }
    }
    return result;
}

static int64_t rows_changed(PGresult *result)
{
    Str command = str_of(PQcmdStatus(result));
    uint64_t rows = 0;
    if (str_starts_with(command, STR("SELECT"))) return 0;
    return str_to_u64(str_of(PQcmdTuples(result)), INT64_MAX, &rows) ? (int64_t)rows : 0;
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC;
}

static const char *doing(Ctx *ctx, const PgConn *conn, int statement)
{
    if (statement < SYS_COUNT_) return system_sql[statement];
    return str_fmt(ctx->arena, "query %s", conn->schema->queries[statement - SYS_COUNT_].name).ptr;
}

/* The server terminates the connection with this error; libpq notices only later. */
static bool is_farewell(const PGresult *result)
{
    Str severity = str_of(PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED));
    return str_eq(severity, STR("FATAL")) || str_eq(severity, STR("PANIC"));
}

/* Cancelled, or waited too long for a lock. */
static bool is_cut_short(const char *sqlstate)
{
    return str_eq(str_of(sqlstate), STR("57014")) || str_eq(str_of(sqlstate), STR("55P03"));
}

static Err note_failure(PgConn *conn, Ctx *ctx, const PGresult *result, const Waiting *waiting)
{
    if (is_farewell(result)) conn->broken = true;
    snprintf(conn->sqlstate, sizeof conn->sqlstate, "%s", sqlstate_of(result));
    conn->failed_statement = waiting->statement;
    if (is_cut_short(conn->sqlstate) && left_until_deadline(ctx) <= 0)
        return ctx_fail(ctx, ERR_TIMEOUT, "the database did not finish before the deadline");
    return postgres_fail(ctx, result, conn->schema->service, doing(ctx, conn, waiting->statement));
}

/* Reads the results of all pending statements. ctx may be NULL: the statements were posted, and any failure breaks the
 * connection. */
static Err read_all(PgConn *conn, Ctx *ctx, int64_t until_ms, PGresult **out_last)
{
    Err err = OK;
    PGresult *last = NULL;
    bool refused = false; /* by the commit of a statement alone, which stands where the answer to the sync should */
    for (int i = 0; i < conn->n_waiting && !conn->broken; i++) {
        const Waiting *waiting = &conn->waiting[i];
        PGresult *result = next_result(conn, until_ms);
        bool good = result && is_good(result);
        conn->broken = !result;
        if (!good && waiting->kind == WAIT_PREPARE) conn->prepared[waiting->statement] = false;
        refused = result && !good && waiting->kind == WAIT_SYNC;
        if (refused) conn->broken = true; /* libpq has lost count */
        if (!good && !ctx) conn->broken = true;
        if (result && !good && !err && ctx && PQresultStatus(result) != PGRES_PIPELINE_ABORTED)
            err = note_failure(conn, ctx, result, waiting);
        if (good && waiting->kind == WAIT_STATEMENT) {
            conn->changed += rows_changed(result);
            if (waiting->statement == SYS_XID) conn->state.xid = column_int(result, 0, 0);
            PQclear(last);
            last = result;
        } else {
            PQclear(result);
        }
    }
    conn->n_waiting = 0;
    if (conn->broken && ctx && !refused)
        err = postgres_broken(ctx, conn->handle, conn->schema->service, "connection lost");
    if (err || conn->broken || !out_last) {
        PQclear(last);
        last = NULL;
    }
    if (out_last) *out_last = last;
    return err;
}

/* The server's timeout comes first, so that the connection survives. */
static int64_t patience(int64_t left_ms, const PgConn *conn)
{
    int64_t session_ms = conn->target->config.statement_timeout_ms;
    if (left_ms > session_ms) left_ms = session_ms;
    return clock_monotonic_ms() + (left_ms < 0 ? 0 : left_ms) + PATIENCE_MS;
}

/* A commit may be durable here and wait for a standby: whoever stops waiting for it only loses its outcome. So does a
 * write outside of a transaction, which is committed with the sync. */
static bool ends_write(const PgConn *conn)
{
    if (!conn->state.writes || conn->n_waiting == 0) return false;
    return !conn->state.begun || conn->waiting[conn->n_waiting - 1].statement == SYS_COMMIT;
}

Err conn_flush(PgConn *conn, Ctx *ctx, PGresult **out_last)
{
    conn->sqlstate[0] = '\0';
    conn->failed_statement = -1;
    if (out_last) *out_last = NULL;
    int64_t left_ms = ends_write(conn) ? INT64_MAX : left_until_deadline(ctx);
    add_sync(conn);
    if (conn->broken) {
        conn->n_waiting = 0;
        return postgres_broken(ctx, conn->handle, conn->schema->service, "connection lost");
    }
    return read_all(conn, ctx, patience(left_ms, conn), out_last);
}

void conn_post(PgConn *conn)
{
    add_sync(conn);
    if (!conn->broken && PQflush(conn->handle) < 0) conn->broken = true;
}

bool conn_settle(PgConn *conn, const Ctx *ctx)
{
    int64_t until_ms = patience(left_until_deadline(ctx), conn);
    if (conn->n_waiting > 0 && !conn->broken && read_all(conn, NULL, until_ms, NULL)) conn->broken = true;
    return !conn->broken;
}

bool conn_is_alive(PgConn *conn)
{
    if (conn->broken || PQstatus(conn->handle) == CONNECTION_BAD) return false;
    if (conn->n_waiting > 0) return true; /* results are on their way */
    struct pollfd fd = { .fd = PQsocket(conn->handle), .events = POLLIN | POLLRDHUP };
    return poll(&fd, 1, 0) == 0; /* an idle connection only becomes readable when the server closes it */
}
