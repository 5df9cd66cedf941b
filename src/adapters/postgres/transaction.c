/* Runs functions in transactions, and repeats them where that can help: a write that lost a race, or whose connection
 * broke before the commit was sent, was undone through no fault of its own. */
#include <time.h>

#include "adapters/postgres/database.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/statement.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"

#define TRIES_MAX     12
#define RETRY_BASE_MS 2
#define RETRY_MAX_MS  100
#define TURN_WAIT_MS  10000 /* without a deadline */

typedef enum Verdict {
    VERDICT_FINAL,
    VERDICT_AGAIN,     /* undone through no fault of its own */
    VERDICT_CAREFULLY, /* met a conflict that it may want to handle: see statement.c */
    VERDICT_UNKNOWN,   /* the connection broke during the commit, or the server was told to end it */
} Verdict;

/* One run of one function. */
typedef struct Run {
    PostgresDb *db;
    Ctx *ctx;
    DbFn fn;
    void *arg;
    bool writes, careful;
    bool is_loser; /* is counted in db->losers */
    /* of the last run */
    Err err;
    int64_t xid;
    char server_epoch[sizeof((PgConn *)0)->server_epoch];
    unsigned marks;
} Run;

static void call_hook(PostgresDb *db, unsigned marks)
{
    pthread_mutex_lock(&db->hook_lock);
    if (db->hook) db->hook(db->hook_arg, marks);
    pthread_mutex_unlock(&db->hook_lock);
}

/* Keeps ctx, which has the reason. */
static void roll_back(PgConn *conn, Ctx *ctx)
{
    const Ctx story = *ctx;
    if (!conn->state.begun || conn->broken) return;
    conn_add(conn, SYS_ROLLBACK, NULL);
    if (conn_flush(conn, ctx, NULL)) conn->broken = true;
    *ctx = story;
}

static Verdict failed(PgConn *conn, Run *run)
{
    const struct TxState *state = &conn->state;
    Verdict verdict = state->wants_careful ? VERDICT_CAREFULLY : state->lost_race ? VERDICT_AGAIN : VERDICT_FINAL;
    roll_back(conn, run->ctx);
    return verdict;
}

/* Fetches the number of a transaction that has not waited for anything so far, because its outcome could not be queried
 * without it. */
static Err before_commit(PgConn *conn, Run *run)
{
    if (conn->state.xid) return OK;
    return statements_flush(conn, run->ctx, -1, NULL);
}

/* Somebody intervened while the server was committing (SQLSTATE class 57). What else it answers to COMMIT, a race that
 * was lost or a constraint, says by itself that nothing was stored. */
static bool is_commit_cut(const PgConn *conn)
{
    return conn->failed_statement == SYS_COMMIT && str_starts_with(str_of(conn->sqlstate), STR("57"));
}

static Verdict commit(PgConn *conn, Run *run)
{
    _cleanup_(result_clearp) PGresult *result = NULL;
    int64_t started_ns = clock_monotonic_ns();
    run->err = before_commit(conn, run);
    if (run->err) return failed(conn, run);

    run->xid = conn->state.xid;
    memcpy(run->server_epoch, conn->server_epoch, sizeof run->server_epoch);
    conn_add(conn, SYS_COMMIT, NULL);
    run->err = statements_flush(conn, run->ctx, SYS_COMMIT, &result);
    if (run->err && (conn->broken || is_commit_cut(conn))) {
        roll_back(conn, run->ctx); /* which changes nothing if it is stored */
        return VERDICT_UNKNOWN;
    }
    /* The server answers COMMIT of an aborted transaction with "ROLLBACK", and reports success. */
    if (!run->err && !str_eq(str_of(PQcmdStatus(result)), STR("COMMIT")))
        run->err = ctx_fail(run->ctx, ERR_INTERNAL, "database %s: not committed", run->db->target.schema->service);
    if (run->err) return failed(conn, run);
    metric_observe(run->db->commit_seconds, (clock_monotonic_ns() - started_ns) / 1000);
    if (conn->changed == 0) run->marks = 0;
    return VERDICT_FINAL;
}

/* The end of a read is not waited for. */
static Verdict end_read(PgConn *conn, Run *run)
{
    if (conn->state.begun && !conn->state.aborted) {
        conn_add(conn, SYS_COMMIT, NULL);
        conn_post(conn);
    } else if (conn->state.begun) {
        return failed(conn, run);
    }
    return VERDICT_FINAL;
}

static Verdict run_on(PgConn *conn, Run *run)
{
    conn->state = (struct TxState){ .writes = run->writes, .careful = run->careful };
    conn->changed = 0;
    conn->tx.marks = 0;
    Err err = run->fn(&conn->tx, run->ctx, run->arg);
    cursors_close(conn);
    struct TxState *state = &conn->state;
    run->marks = conn->tx.marks;
    run->err = err ? err : state->fault;
    if (!run->err && state->conflict_told) state->wants_careful = true; /* it wants to commit despite the conflict */
    if (run->err || state->wants_careful) return failed(conn, run);
    if (!run->writes) return end_read(conn, run);
    return state->begun ? commit(conn, run) : VERDICT_FINAL;
}

static Verdict run_once(Run *run, bool *out_changed)
{
    PgConn *conn;
    *out_changed = false;
    run->err = pool_take(run->db->pool, run->ctx, &conn);
    if (run->err) return VERDICT_FINAL;
    Verdict verdict = run_on(conn, run);
    *out_changed = verdict == VERDICT_UNKNOWN || (run->writes && !run->err && conn->changed > 0);
    pool_give(run->db->pool, conn);
    return verdict;
}

static Verdict resolve(Run *run)
{
    switch (postgres_outcome(run->db, run->xid, run->server_epoch)) {
    case OUTCOME_COMMITTED:
        ctx_clear(run->ctx);
        run->err = OK;
        return VERDICT_FINAL;
    case OUTCOME_UNDONE: return VERDICT_AGAIN;
    case OUTCOME_UNKNOWN: break;
    }
    run->err =
        ctx_fail(run->ctx, ERR_UNAVAILABLE, "database %s: a commit was cut off, and whether it was stored is not known",
                 run->db->target.schema->service);
    return VERDICT_FINAL;
}

/* False if no time is left. */
static bool wait_a_little(const Ctx *ctx, Backoff *backoff)
{
    uint32_t ms = backoff_next_ms(backoff);
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    if (ctx->deadline_ms && clock_monotonic_ms() + ms >= ctx->deadline_ms) return false;
    nanosleep(&time, NULL);
    return true;
}

/* The smaller the tables, the more serializable writes conflict, because all read and write the same few index pages.
 * So after one has lost a race, all of this process run one at a time until it succeeds. */
static void count_loser(Run *run, int by)
{
    if (!run->writes || !run->db->target.schema->serializable || run->is_loser == (by > 0)) return;
    pthread_mutex_lock(&run->db->turn_lock);
    run->db->losers += by;
    bool is_over = run->db->losers == 0;
    pthread_mutex_unlock(&run->db->turn_lock);
    if (is_over) pthread_cond_broadcast(&run->db->turn_free); /* nobody needs a turn any more */
    run->is_loser = by > 0;
}

/* False: no turns are needed, or the wait was too long; try anyway. */
static bool take_turn(Run *run)
{
    PostgresDb *db = run->db;
    int64_t until_ms = run->ctx->deadline_ms ? run->ctx->deadline_ms : clock_monotonic_ms() + TURN_WAIT_MS;
    if (!run->writes || !db->target.schema->serializable) return false;
    pthread_mutex_lock(&db->turn_lock);
    while (db->losers > 0 && db->turn_taken)
        if (!cond_wait_until(&db->turn_free, &db->turn_lock, until_ms)) break;
    bool is_ours = db->losers > 0 && !db->turn_taken;
    if (is_ours) db->turn_taken = true;
    pthread_mutex_unlock(&db->turn_lock);
    return is_ours;
}

static void give_turn(PostgresDb *db)
{
    pthread_mutex_lock(&db->turn_lock);
    db->turn_taken = false;
    pthread_mutex_unlock(&db->turn_lock);
    pthread_cond_signal(&db->turn_free);
}

static Verdict run_in_turn(Run *run, bool *out_changed)
{
    bool has_turn = take_turn(run);
    Verdict verdict = run_once(run, out_changed);
    if (verdict == VERDICT_AGAIN) count_loser(run, 1);
    if (has_turn) give_turn(run->db);
    return verdict;
}

static Err run_until_done(Run *run, bool *out_changed)
{
    Backoff backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    for (int tries = 1;; tries++) {
        Verdict verdict = run_in_turn(run, out_changed);
        if (verdict == VERDICT_UNKNOWN) verdict = resolve(run);
        if (verdict == VERDICT_FINAL) return run->err;
        metric_add(run->db->repeats, 1);
        run->careful = run->careful || verdict == VERDICT_CAREFULLY;
        if (verdict == VERDICT_AGAIN && (tries >= TRIES_MAX || !wait_a_little(run->ctx, &backoff)))
            return run->err ? run->err : ctx_fail(run->ctx, ERR_UNAVAILABLE, "too many tries");
        if (tries > 2 * TRIES_MAX) return ctx_fail(run->ctx, ERR_INTERNAL, "a write that never ends");
        ctx_clear(run->ctx);
    }
}

Err postgres_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    PostgresDb *self = postgres_db_of(db);
    Run run = { .db = self, .ctx = ctx, .fn = fn, .arg = arg, .writes = true };
    bool changed;
    Err err = run_until_done(&run, &changed);
    count_loser(&run, -1);
    if (err == ERR_STORAGE_FULL) atomic_store(&self->failing, true);
    if (err || !changed) return err;
    metric_add(self->commits, 1);
    call_hook(self, run.marks);
    return OK;
}

Err postgres_write_one(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg)
{
    PostgresDb *self = postgres_db_of(db);
    PgConn *conn;
    Err err = pool_take(self->pool, ctx, &conn);
    if (err) return err;
    int64_t started_ns = clock_monotonic_ns();
    err = statement_run_alone(conn, ctx, statement, fn, arg);
    /* If the connection broke, it may have been stored, so relays must look. */
    bool changed = err ? err == ERR_UNAVAILABLE && conn->broken : conn->changed > 0;
    pool_give(self->pool, conn);
    if (err == ERR_STORAGE_FULL) atomic_store(&self->failing, true);
    if (!err) metric_observe(self->commit_seconds, (clock_monotonic_ns() - started_ns) / 1000);
    if (!err && changed) metric_add(self->commits, 1);
    if (changed) call_hook(self, statement->marks);
    return err;
}

Err postgres_read(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    Run run = { .db = postgres_db_of(db), .ctx = ctx, .fn = fn, .arg = arg };
    bool changed;
    return run_until_done(&run, &changed);
}
