/* Idle connections form a stack: at low load only few are ever opened. */
#include "adapters/postgres/pool.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "ports/labelled_metric.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"

#define RETRY_BASE_MS 20
#define RETRY_MAX_MS  2000
#define WAIT_MAX_MS   10000 /* for a connection, if the request has no deadline */
/* One or two failed connects mean little, so retry. After more in a row, fail at once instead of making callers
 * wait. */
#define FAILURES_BORNE 3

struct Pool {
    /* fixed after open */
    const Target *target;
    unsigned size;
    Metric *open_metric;

    pthread_mutex_t lock;
    pthread_cond_t given_back;
    /* lock */
    PgConn *idle[POSTGRES_CONNECTIONS_MAX];
    unsigned n_idle, n_open;
    Backoff backoff;
    int64_t connect_after_ms; /* monotonic */
};

Pool *pool_new(const Target *target, const char *kind, unsigned size)
{
    static const Metric open =
        METRIC_GAUGE_INIT("molva_db_connections", "Connections to the database server, by service and what for.");
    char labels[64];
    Pool *pool = calloc(1, sizeof *pool);
    if (!pool) abort();
    snprintf(labels, sizeof labels, "db=\"%.24s\",kind=\"%.16s\"", target->schema->service, kind);
    pool->target = target;
    pool->size = size;
    pool->open_metric = labelled_metric(&open, labels);
    pool->backoff = (Backoff){ .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    pthread_mutex_init(&pool->lock, NULL);
    cond_init(&pool->given_back);
    return pool;
}

void pool_free(Pool *pool)
{
    if (!pool) return;
    assert(pool->n_idle == pool->n_open);
    for (unsigned i = 0; i < pool->n_idle; i++) conn_close(pool->idle[i]);
    metric_add(pool->open_metric, -(int64_t)pool->n_idle);
    pthread_cond_destroy(&pool->given_back);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* A place for a connection has come free. */
static void give_place(Pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->n_open--;
    pthread_cond_signal(&pool->given_back);
    pthread_mutex_unlock(&pool->lock);
    metric_add(pool->open_metric, -1);
}

void pool_give(Pool *pool, PgConn *conn)
{
    if (conn->broken) {
        conn_close(conn);
        give_place(pool);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->n_idle++] = conn;
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_signal(&pool->given_back); /* after unlocking, so that the woken thread gets the lock at once */
}

/* With the lock held. Whether an idle connection or a slot for one is available; *out_wait_ms: until when to wait for
 * it. */
static bool may_take(const Pool *pool, int64_t *out_wait_ms)
{
    bool is_place = pool->n_open < pool->size;
    *out_wait_ms = is_place ? pool->connect_after_ms : INT64_MAX;
    if (pool->n_idle > 0) return true;
    if (!is_place) return false;
    return pool->backoff.failures > FAILURES_BORNE || clock_monotonic_ms() >= pool->connect_after_ms;
}

/* Takes an idle connection, or a place to open one (*out_conn NULL). */
static Err take(Pool *pool, Ctx *ctx, PgConn **out_conn)
{
    int64_t until_ms = ctx->deadline_ms ? ctx->deadline_ms : clock_monotonic_ms() + WAIT_MAX_MS, wait_ms;
    const char *service = pool->target->schema->service;
    Err err = OK;
    *out_conn = NULL;
    pthread_mutex_lock(&pool->lock);
    while (!may_take(pool, &wait_ms) && clock_monotonic_ms() < until_ms)
        cond_wait_until(&pool->given_back, &pool->lock, wait_ms < until_ms ? wait_ms : until_ms);
    if (pool->n_idle > 0)
        *out_conn = pool->idle[--pool->n_idle];
    else if (pool->n_open >= pool->size)
        err = ctx_fail(ctx, ERR_UNAVAILABLE, "database %s: all %u connections were in use until the deadline", service,
                       pool->size);
    else if (clock_monotonic_ms() < pool->connect_after_ms)
        err = ctx_fail(ctx, ERR_UNAVAILABLE, "database %s: could not be reached a moment ago", service);
    else
        pool->n_open++;
    pthread_mutex_unlock(&pool->lock);
    return err;
}

/* *out_again: the failure may be transient. */
static Err open_another(Pool *pool, Ctx *ctx, PgConn **out_conn, bool *out_again)
{
    metric_add(pool->open_metric, 1);
    Err err = conn_open(ctx, pool->target, out_conn);
    pthread_mutex_lock(&pool->lock);
    if (err)
        pool->connect_after_ms = clock_monotonic_ms() + backoff_next_ms(&pool->backoff);
    else
        backoff_reset(&pool->backoff);
    *out_again = err == ERR_UNAVAILABLE && pool->backoff.failures <= FAILURES_BORNE;
    pthread_mutex_unlock(&pool->lock);
    if (err) give_place(pool);
    return err;
}

Err pool_take(Pool *pool, Ctx *ctx, PgConn **out_conn)
{
    for (;;) {
        PgConn *conn;
        Err err = take(pool, ctx, &conn);
        if (err) return err;
        if (!conn) {
            bool again = false;
            err = open_another(pool, ctx, out_conn, &again);
            if (!again) return err;
            ctx_clear(ctx);
            continue;
        }
        if (conn_is_alive(conn) && conn_settle(conn, ctx)) {
            conn->state = (struct TxState){ 0 };
            *out_conn = conn;
            return OK;
        }
        conn->broken = true;
        pool_give(pool, conn);
    }
}
