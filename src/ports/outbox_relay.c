/* Where the database is this process's alone, ids are committed in their order: the relay keeps a cursor, the id up to which
 * all is published, and removes what lies behind it many rows at a time. It sleeps until a commit wakes it, and by the clock
 * only to remove what is done, or to try again.
 *
 * Where other processes write too, a row may appear behind the cursor, so there is none: each round takes rows from the
 * beginning, under db_exclusive(), and removes them before the lock is given back. Commits of this process wake it; by the
 * clock it looks for rows of a process that died. The lock is held for one round only: then each process publishes its own
 * events at once, instead of waiting until another's relay finds them. */
#include "ports/outbox_relay.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ports/labelled_metric.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"

#define ROWS_PER_READ     256
#define REMOVE_ROWS       64  /* rows that are done are removed when there are so many ... */
#define REMOVE_AFTER_MS   200 /* ... or when the first of them has waited so long */
#define RUNS_MAX          ROWS_PER_READ
#define LOOK_EVERY_MS     200 /* for rows that no commit of ours told of */
#define EXCLUSIVE_WAIT_MS 1000
#define RETRY_BASE_MS     20
#define RETRY_MAX_MS      5000

/* Published rows that still stand in the table, as runs of ids without a gap. */
typedef struct Done {
    struct Run {
        int64_t first, last;
    } runs[RUNS_MAX];
    int n_runs;
    int64_t n_rows;
} Done;

struct Relay {
    /* fixed after open */
    char thread_name[16], task[32];
    Db *db;
    const RelayQueries *queries;
    RelayPublishFn publish;
    void *target;
    Metric *published, *lag;
    pthread_t thread;
    bool started;
    /* the thread's */
    Backoff backoff;
    uint64_t wakes_seen; /* 0: look without waiting for another */
    bool woken;          /* by more than the clock */
    int64_t cursor;
    Done done;
    int64_t remove_at_ms; /* monotonic; 0: nothing is done that is not removed */

    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* lock */
    uint64_t wakes; /* never 0 */
    bool stopping;
};

/* The next rows behind the cursor. */
typedef struct RowList {
    const Relay *relay;
    int limit;
    int64_t *ids;
    BusEvent *events;
    int n_rows;
} RowList;

static Err list_rows(Tx *tx, Ctx *ctx, void *arg)
{
    RowList *list = arg;
    const Relay *relay = list->relay;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, relay->queries->list, DB_ARGS(db_int(relay->cursor), db_int(list->limit)), &rows);
    if (err) return err;
    list->ids = arena_alloc_raw(ctx->arena, sizeof *list->ids * (size_t)list->limit);
    list->events = arena_alloc_raw(ctx->arena, sizeof *list->events * (size_t)list->limit);
    for (list->n_rows = 0; list->n_rows < list->limit && rows_next(&rows); list->n_rows++) {
        list->ids[list->n_rows] = row_int(&rows, 0);
        list->events[list->n_rows] =
            (BusEvent){ .topic = row_text(&rows, 1), .trace_id = row_text(&rows, 2), .payload = row_blob(&rows, 3) };
    }
    return rows_err(&rows);
}

static Err count_waiting(Tx *tx, Ctx *ctx, void *arg)
{
    const Relay *relay = arg;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, relay->queries->waiting, DB_NO_ARGS, &rows);
    if (!err) metric_set(relay->lag, row_int(&rows, 0));
    return err;
}

/* How long the queue is: asked only when there is one. */
static void note_lag(Relay *relay, bool is_behind)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new(relay->task, clock_now_ms());
    if (!is_behind) metric_set(relay->lag, 0);
    if (is_behind && db_read(relay->db, ctx, count_waiting, relay)) log_failure(LOG_WARN, ctx, "outbox.count_failed");
}

static void done_add(Done *done, int64_t id)
{
    struct Run *last = done->n_runs ? &done->runs[done->n_runs - 1] : NULL;
    if (last && last->last + 1 == id)
        last->last = id;
    else
        done->runs[done->n_runs++] = (struct Run){ id, id };
    done->n_rows++;
}

static Err remove_rows(Tx *tx, Ctx *ctx, void *arg)
{
    const Relay *relay = arg;
    for (int i = 0; i < relay->done.n_runs; i++) {
        const struct Run *run = &relay->done.runs[i];
        Err err = tx_exec(tx, ctx, relay->queries->remove, DB_ARGS(db_int(run->first), db_int(run->last)), NULL);
        if (err) return err;
    }
    return OK;
}

static void take_nothing(const Rows *row, void *arg)
{
}

/* Mostly it is one run, and one statement. */
static Err remove_run(Relay *relay, Ctx *ctx)
{
    const struct Run *run = relay->done.runs;
    const DbValue params[] = { db_int(run->first), db_int(run->last) };
    DbStatement statement = { relay->queries->remove, params, ARRAY_LEN(params), 0 };
    return db_write_one(relay->db, ctx, &statement, take_nothing, NULL);
}

/* Where others write too, one statement saves round trips, but is tried once only: what lost a race or its connection goes the
 * other way at once, before the lock is given back and another process publishes the rows again. */
static Err remove_published(Relay *relay, Ctx *ctx)
{
    if (db_is_shared(relay->db) && relay->done.n_runs == 1) {
        Err err = remove_run(relay, ctx);
        if (err != ERR_UNAVAILABLE) return err;
        ctx_clear(ctx);
    }
    return db_write(relay->db, ctx, remove_rows, relay);
}

/* A row that stays because this fails goes out a second time, at the next start or by another process. */
static Err remove_done(Relay *relay)
{
    if (relay->done.n_runs == 0) return OK;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new(relay->task, clock_now_ms());
    Err err = remove_published(relay, ctx);
    if (err) log_failure(LOG_WARN, ctx, "outbox.remove_failed");
    relay->remove_at_ms = err ? clock_monotonic_ms() + RETRY_MAX_MS : 0;
    if (!err) relay->done.n_runs = 0;
    if (!err) relay->done.n_rows = 0;
    return err;
}

/* When enough has gathered, or when it has waited long enough. */
static void remove_in_time(Relay *relay)
{
    int64_t now_ms = clock_monotonic_ms();
    bool is_due = relay->remove_at_ms != 0 && now_ms >= relay->remove_at_ms;
    bool has_failed = relay->remove_at_ms > now_ms + REMOVE_AFTER_MS;
    if (is_due || (relay->done.n_rows >= REMOVE_ROWS && !has_failed)) {
        Err err = remove_done(relay);
        (void)err; /* logged; due again later */
    }
    if (relay->done.n_rows > 0 && relay->remove_at_ms == 0) relay->remove_at_ms = now_ms + REMOVE_AFTER_MS;
}

static Err publish_rows(Relay *relay, Ctx *ctx, const RowList *list)
{
    size_t n_done = 0;
    if (list->n_rows == 0) return OK;
    Err err = relay->publish(relay->target, ctx, list->events, (size_t)list->n_rows, &n_done);
    for (size_t i = 0; i < n_done; i++) done_add(&relay->done, list->ids[i]);
    if (n_done > 0 && !db_is_shared(relay->db)) relay->cursor = list->ids[n_done - 1];
    metric_add(relay->published, (int64_t)n_done);
    return err;
}

typedef struct Round {
    Relay *relay;
    bool entered; /* nobody else has the lock */
    bool more;    /* there may be more rows */
} Round;

/* Reads, publishes and, where others might do the same next, removes. */
static Err run_round(Ctx *ctx, void *arg)
{
    Round *round = arg;
    Relay *relay = round->relay;
    bool is_shared = db_is_shared(relay->db);
    RowList list = { .relay = relay, .limit = ROWS_PER_READ };
    round->entered = true;
    ctx->deadline_ms = 0; /* it was for the lock */

    /* What could not be removed the last time: it would go out once more. */
    Err err = is_shared || relay->done.n_runs == RUNS_MAX ? remove_done(relay) : OK;
    if (!err) err = db_read(relay->db, ctx, list_rows, &list);
    if (err) return err;
    if (list.n_rows > RUNS_MAX - relay->done.n_runs) list.n_rows = RUNS_MAX - relay->done.n_runs;
    err = publish_rows(relay, ctx, &list);
    Err left = is_shared ? remove_done(relay) : OK;
    round->more = list.n_rows == ROWS_PER_READ || left != OK;
    return err;
}

/* Sleeps until there may be something to do. False when the outbox is closing. */
static bool wait_for_work(Relay *relay)
{
    int64_t until_ms = db_is_shared(relay->db) ? clock_monotonic_ms() + LOOK_EVERY_MS : relay->remove_at_ms;
    pthread_mutex_lock(&relay->lock);
    while (!relay->stopping && relay->wakes_seen == relay->wakes)
        if (!cond_wait_until(&relay->wake, &relay->lock, until_ms)) break;
    relay->woken = relay->wakes_seen != relay->wakes || relay->stopping;
    relay->wakes_seen = relay->wakes;
    bool go_on = !relay->stopping;
    pthread_mutex_unlock(&relay->lock);
    return go_on;
}

/* False when the outbox is closing. */
static bool wait_to_retry(Relay *relay)
{
    int64_t until_ms = clock_monotonic_ms() + backoff_next_ms(&relay->backoff);
    pthread_mutex_lock(&relay->lock);
    while (!relay->stopping)
        if (!cond_wait_until(&relay->wake, &relay->lock, until_ms)) break;
    bool go_on = !relay->stopping;
    pthread_mutex_unlock(&relay->lock);
    return go_on;
}

/* Only the clock woke us: a look without the lock is cheaper, and mostly finds nothing. */
static Err has_rows(Relay *relay, Ctx *ctx, bool *out_has)
{
    RowList list = { .relay = relay, .limit = 1 };
    *out_has = true;
    if (relay->woken || relay->done.n_runs > 0) return OK;
    if (!db_is_shared(relay->db)) *out_has = false; /* it woke us to remove */
    if (!db_is_shared(relay->db)) return OK;
    Err err = db_read(relay->db, ctx, list_rows, &list);
    *out_has = list.n_rows > 0;
    return err;
}

static Err one_round(Relay *relay, Ctx *ctx, bool *out_more)
{
    bool has = false;
    Round round = { .relay = relay };
    Err err = has_rows(relay, ctx, &has);
    if (err || !has) return err;

    if (db_is_shared(relay->db)) ctx->deadline_ms = clock_monotonic_ms() + EXCLUSIVE_WAIT_MS;
    err = db_exclusive(relay->db, ctx, relay->task, run_round, &round);
    *out_more = round.more;
    /* Another process publishes meanwhile. If it leaves anything, the clock will tell. */
    if (err == ERR_TIMEOUT && !round.entered) return OK;
    if (round.entered) note_lag(relay, round.more || err != OK);
    return err;
}

static void relay_main(void *arg)
{
    Relay *relay = arg;
    bool go_on, more;
    do {
        go_on = wait_for_work(relay);
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new(relay->task, clock_now_ms());
        more = false;
        Err err = one_round(relay, ctx, &more);
        if (!db_is_shared(relay->db)) remove_in_time(relay);
        if (err) {
            log_failure(LOG_WARN, ctx, "outbox.publish_failed");
            more = true;
            go_on = go_on && wait_to_retry(relay);
            if (!go_on) break;
        } else {
            backoff_reset(&relay->backoff);
        }
        if (more) relay->wakes_seen = 0;
    } while (go_on || more);
    Err err = remove_done(relay);
    (void)err; /* logged; goes out again at the next start */
}

void relay_wake(Relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    relay->wakes++;
    pthread_cond_signal(&relay->wake);
    pthread_mutex_unlock(&relay->lock);
}

Relay *relay_new(const char *name, const char *kind, Db *db, const RelayQueries *queries, RelayPublishFn publish,
                 void *target)
{
    static const Metric published =
        METRIC_COUNTER_INIT("molva_outbox_published_total", "Events published, by outbox and where to.");
    static const Metric lag =
        METRIC_GAUGE_INIT("molva_outbox_lag", "Events that wait to be published, by outbox and where to.");
    char labels[64];
    Relay *relay = calloc(1, sizeof *relay);
    if (!relay) abort();
    relay->db = db;
    relay->queries = queries;
    relay->publish = publish;
    relay->target = target;
    relay->backoff = (Backoff){ .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    relay->wakes = 1;
    snprintf(relay->thread_name, sizeof relay->thread_name, "%.10s-%.4s", name, kind);
    snprintf(relay->task, sizeof relay->task, "outbox.%.20s", kind);
    snprintf(labels, sizeof labels, "outbox=\"%.16s\",kind=\"%.8s\"", name, kind);
    relay->published = labelled_metric(&published, labels);
    relay->lag = labelled_metric(&lag, labels);
    pthread_mutex_init(&relay->lock, NULL);
    cond_init(&relay->wake);
    return relay;
}

void relay_start(Relay *relay)
{
    relay->started = true;
    relay->thread = thread_start(relay->thread_name, THREAD_WORKER, relay_main, relay);
}

void relay_stop(Relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    relay->stopping = true;
    pthread_cond_signal(&relay->wake);
    pthread_mutex_unlock(&relay->lock);
}

void relay_free(Relay *relay)
{
    if (relay->started) pthread_join(relay->thread, NULL);
    pthread_cond_destroy(&relay->wake);
    pthread_mutex_destroy(&relay->lock);
    free(relay);
}
