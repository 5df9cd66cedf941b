/* Opening a connection: the URL, the password, the session's settings. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/postgres/conn.h"
#include "adapters/postgres/error.h"
#include "runtime/clock.h"

#define PASSWORD_MAX 1024
#define PARAMS_MAX   20

typedef struct ConnectParams {
    const char *keys[PARAMS_MAX + 1], *values[PARAMS_MAX + 1];
    int n;
} ConnectParams;

static void add(ConnectParams *params, const char *key, const char *value)
{
    params->keys[params->n] = key;
    params->values[params->n++] = value;
}

static Err read_password(Ctx *ctx, const char *path, char *out_password, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, out_password, size);
    if (fd >= 0) close(fd);
    if (got < 0) return ctx_fail(ctx, ERR_UNAVAILABLE, "password file %s: %s", path, strerror(errno));
    if ((size_t)got == size) return ctx_fail(ctx, ERR_INVALID, "password file %s: too long", path);
    Str password = str_trim((Str){ out_password, (size_t)got });
    memmove(out_password, password.ptr, password.len);
    out_password[password.len] = '\0';
    return OK;
}

/* Settings before the URL can be overridden by it. An unresponsive peer is given up after 10 seconds. */
static void add_all(ConnectParams *params, const char *url, const char *password)
{
    add(params, "fallback_application_name", "molva");
    add(params, "target_session_attrs", "read-write");
    add(params, "keepalives", "1");
    add(params, "keepalives_idle", "5");
    add(params, "keepalives_interval", "2");
    add(params, "keepalives_count", "3");
    add(params, "tcp_user_timeout", "10000");
    add(params, "dbname", url);
    add(params, "client_encoding", "UTF8");
    if (password[0]) add(params, "password", password);
    add(params, NULL, NULL);
}

static bool wait_socket(PGconn *handle, PostgresPollingStatusType wants, int64_t until_ms)
{
    int64_t left_ms = until_ms - clock_monotonic_ms();
    struct pollfd fd = { .fd = PQsocket(handle), .events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT };
    if (left_ms <= 0) return false;
    int n = poll(&fd, 1, (int)left_ms);
    return n > 0 || (n < 0 && errno == EINTR);
}

static Err finish_connecting(Ctx *ctx, PGconn *handle, const Target *target)
{
    int64_t until_ms = clock_monotonic_ms() + target->config.connect_timeout_ms;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    if (ctx->deadline_ms && ctx->deadline_ms < until_ms) until_ms = ctx->deadline_ms;
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED || PQstatus(handle) == CONNECTION_BAD)
            return postgres_broken(ctx, handle, target->schema->service, "connect");
        if (!wait_socket(handle, status, until_ms))
            return ctx_fail(ctx, ERR_UNAVAILABLE, "database %s: connect: no answer", target->schema->service);
        status = PQconnectPoll(handle);
    }
    return OK;
}

/* Discards notices, which are meant for interactive use. */
static void ignore_notice(void *arg, const PGresult *result)
{
}

Err connect_plain(Ctx *ctx, const Target *target, PGconn **out_handle)
{
    char password[PASSWORD_MAX] = "";
    ConnectParams params = { .n = 0 };
    Err err =
        target->config.password_file ? read_password(ctx, target->config.password_file, password, sizeof password) : OK;
    if (err) return err;
    add_all(&params, target->config.url, password);
    PGconn *handle = PQconnectStartParams(params.keys, params.values, 1);
    explicit_bzero(password, sizeof password);
    if (!handle) abort();
    err = finish_connecting(ctx, handle, target);
    if (err) {
        PQfinish(handle);
        return err;
    }
    PQsetNoticeReceiver(handle, ignore_notice, NULL);
    *out_handle = handle;
    return OK;
}

/* Bounds everything that can hang: statements, waits for locks, transactions of a stopped process, and on the server's
 * side connections whose client is gone. The isolation applies to single statements; transactions set their own. An
 * acknowledged write is durable even if the server's default is not to wait for that. The result identifies the server,
 * see outcome.c. */
static const char setup_sql[] =
    "SET statement_timeout = %u; SET lock_timeout = %u; SET idle_in_transaction_session_timeout = 60000;"
    "SET client_connection_check_interval = 1000; SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2;"
    "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000; SET default_transaction_isolation = '%s';"
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';"
    "SELECT current_setting('server_encoding') = 'UTF8', pg_postmaster_start_time()::text ||"
    " coalesce(pg_stat_get_bgwriter_stat_reset_time()::text, '')";

static Err set_up(PgConn *conn, Ctx *ctx)
{
    char sql[sizeof setup_sql + 32];
    const PostgresConfig *config = &conn->target->config;
    snprintf(sql, sizeof sql, setup_sql, config->statement_timeout_ms, config->lock_timeout_ms,
             conn->schema->serializable ? "serializable" : "read committed");
    _cleanup_(result_clearp) PGresult *result = PQexec(conn->handle, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return postgres_fail(ctx, result, conn->schema->service, "set the session up");
    if (PQgetvalue(result, 0, 0)[0] != 't')
        return ctx_fail(ctx, ERR_PRECONDITION, "database %s: its encoding is not UTF8", conn->schema->service);
    snprintf(conn->server_epoch, sizeof conn->server_epoch, "%s", PQgetvalue(result, 0, 1));
    if (PQsetnonblocking(conn->handle, 1) != 0 || !PQenterPipelineMode(conn->handle))
        return postgres_broken(ctx, conn->handle, conn->schema->service, "set the session up");
    return OK;
}

Err conn_open(Ctx *ctx, const Target *target, PgConn **out_conn)
{
    PgConn *conn = calloc(1, sizeof *conn);
    if (!conn) abort();
    conn->tx.db = target->db;
    conn->target = target;
    conn->schema = target->schema;
    conn->prepared = calloc(SYS_COUNT_ + (size_t)target->schema->n_queries, sizeof *conn->prepared);
    if (!conn->prepared) abort();
    Err err = connect_plain(ctx, target, &conn->handle);
    if (!err) err = set_up(conn, ctx);
    if (err) {
        conn_close(conn);
        return err;
    }
    *out_conn = conn;
    return OK;
}

void conn_close(PgConn *conn)
{
    if (!conn) return;
    PQfinish(conn->handle);
    free(conn->prepared);
    free(conn);
}
