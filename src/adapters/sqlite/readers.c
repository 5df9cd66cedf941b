/* Idle connections form a stack: the last one used has the warmest cache, and at low load only that one is ever
 * opened. */
#include "adapters/sqlite/readers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cond.h"

struct Readers {
    /* fixed after open */
    Db *db;
    char *path;
    const DbSchema *schema;
    SqliteConfig config;

    pthread_mutex_t lock;
    pthread_cond_t given_back;
    /* lock */
    SqliteConn *idle[SQLITE_READ_CONNECTIONS_MAX];
    unsigned n_idle, n_open;
};

Readers *readers_new(Db *db, const char *path, const DbSchema *schema, const SqliteConfig *config)
{
    Readers *readers = calloc(1, sizeof *readers);
    if (!readers) abort();
    readers->db = db;
    readers->path = strdup(path);
    if (!readers->path) abort();
    readers->schema = schema;
    readers->config = *config;
    pthread_mutex_init(&readers->lock, NULL);
    cond_init(&readers->given_back);
    return readers;
}

void readers_free(Readers *readers)
{
    if (!readers) return;
    assert(readers->n_idle == readers->n_open);
    for (unsigned i = 0; i < readers->n_idle; i++) sqlite_conn_close(readers->idle[i]);
    pthread_cond_destroy(&readers->given_back);
    pthread_mutex_destroy(&readers->lock);
    free(readers->path);
    free(readers);
}

static void give_back(Readers *readers, SqliteConn *conn)
{
    pthread_mutex_lock(&readers->lock);
    if (conn)
        readers->idle[readers->n_idle++] = conn;
    else
        readers->n_open--; /* it could not be opened */
    pthread_cond_signal(&readers->given_back);
    pthread_mutex_unlock(&readers->lock);
}

static Err open_another(Readers *readers, Ctx *ctx, SqliteConn **out_conn)
{
    Err err = sqlite_conn_open(ctx, readers->db, readers->path, readers->schema, &readers->config, true, out_conn);
    if (err) give_back(readers, NULL);
    return err;
}

static Err take(Readers *readers, Ctx *ctx, SqliteConn **out_conn)
{
    SqliteConn *conn = NULL;
    bool may_open = false, in_time = true;

    pthread_mutex_lock(&readers->lock);
    for (;;) {
        may_open = readers->n_open < readers->config.read_connections;
        if (readers->n_idle > 0 || may_open || !in_time) break;
        in_time = cond_wait_until(&readers->given_back, &readers->lock, ctx->deadline_ms);
    }
    if (readers->n_idle > 0)
        conn = readers->idle[--readers->n_idle];
    else if (may_open)
        readers->n_open++;
    pthread_mutex_unlock(&readers->lock);

    if (!conn && may_open) return open_another(readers, ctx, out_conn);
    if (!conn) return ctx_fail(ctx, ERR_UNAVAILABLE, "the deadline passed while the read waited for a connection");
    *out_conn = conn;
    return OK;
}

Err readers_run(Readers *readers, Ctx *ctx, DbFn fn, void *arg)
{
    SqliteConn *conn;
    Err err = take(readers, ctx, &conn);
    if (err) return err;

    conn->deadline_of = ctx;
    err = sqlite_conn_control(conn, ctx, CONTROL_BEGIN);
    if (!err) err = sqlite_conn_run(conn, ctx, fn, arg);
    sqlite_conn_rollback(conn, ctx); /* nothing was written, and a rollback is cheaper */
    conn->deadline_of = NULL;

    give_back(readers, conn);
    return err;
}
