/* A relay works in turns. Two times decide what a turn does: when to look for rows, and when to remove published ones.
 * Both are set where their reason is: relay_turn() and the functions it calls are the whole logic.
 *
 * If the database belongs to this process alone, ids commit in order: the relay keeps a cursor, the id up to which
 * everything is published, and removes the rows behind it in batches. It looks when a commit wakes it, and again at
 * once after a full page. Such a table may have several relays, one per consumer, each with a cursor of its own: a slow
 * consumer delays only itself, and a row is removed once it lies behind all cursors. After a restart every relay begins
 * at the oldest row that is left.
 *
 * If other processes write too, a row may appear behind the cursor, so there is none: each look reads rows from the
 * beginning, under db_exclusive(), and removes them before it releases the lock. Commits of this process wake it; a
 * timer finds rows of a process that died. The lock is held for one page only, so each process publishes its own events
 * at once instead of waiting until another's relay finds them. */
#include "ports/outbox_relay.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ports/labelled_metric.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"

#define ROWS_PER_PAGE     256
#define REMOVE_ROWS       64  /* published rows are removed once there are this many ... */
#define REMOVE_AFTER_MS   200 /* ... or once the first of them is this old */
#define LOOK_EVERY_MS     200 /* for rows of other processes, whose commits do not wake us */
#define EXCLUSIVE_WAIT_MS 1000
#define RETRY_BASE_MS     20
#define RETRY_MAX_MS      5000

/* Published rows still in the table, as ranges of ids in which no other row can appear. */
typedef struct Done {
    struct Range {
        int64_t first, last;
    } ranges[ROWS_PER_PAGE];
    int n_ranges;
    int64_t n_rows;
} Done;

struct Relay {
    /* fixed after open */
    char thread_name[16], task[32];
    Db *db;
    const RelayQueries *queries;
    RelayPublishFn publish;
    void *target;
    int64_t (*now_ms)(void);
    Metric *published, *lag;
    Relay *const *readers; /* all relays of the table, this one too */
    int n_readers;
    pthread_t thread;
    bool started;
    /* owned by the thread */
    Backoff backoff;
    int64_t look_at_ms, remove_at_ms; /* RELAY_NEVER: nothing to look for, or to remove */
    bool expects_rows;                /* it looks for another reason than the timer */
    Done done;
    int64_t removed; /* up to this id, where the database is ours alone */
    Relay *self;     /* readers, of a relay that has the table to itself */
    /* atomic */
    _Atomic int64_t cursor; /* written by the thread */

    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* lock */
    bool woken, stopping;
};

/* The next rows after the cursor. */
typedef struct Page {
    Relay *relay;
    int limit;
    int64_t *ids;
    BusEvent *events;
    int n_rows;
    bool entered; /* we have the lock */
} Page;

/* --- reading --- */

static Err read_page(Tx *tx, Ctx *ctx, void *arg)
{
    Page *page = arg;
    const Relay *relay = page->relay;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, relay->queries->list, DB_ARGS(db_int(relay->cursor), db_int(page->limit)), &rows);
    if (err) return err;
    page->ids = arena_alloc_raw(ctx->arena, sizeof *page->ids * (size_t)page->limit);
    page->events = arena_alloc_raw(ctx->arena, sizeof *page->events * (size_t)page->limit);
    for (page->n_rows = 0; page->n_rows < page->limit && rows_next(&rows); page->n_rows++) {
        page->ids[page->n_rows] = row_int(&rows, 0);
        page->events[page->n_rows] =
            (BusEvent){ .topic = row_text(&rows, 1), .trace_id = row_text(&rows, 2), .payload = row_blob(&rows, 3) };
    }
    return rows_err(&rows);
}

static Err count_waiting(Tx *tx, Ctx *ctx, void *arg)
{
    const Relay *relay = arg;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, relay->queries->waiting, DB_ARGS(db_int(relay->cursor)), &rows);
    if (!err) metric_set(relay->lag, row_int(&rows, 0));
    return err;
}

Err relay_measure_lag(Relay *relay, Ctx *ctx)
{
    return db_read(relay->db, ctx, count_waiting, relay);
}

/* --- removing --- */

static Err remove_ranges(Tx *tx, Ctx *ctx, void *arg)
{
    const Relay *relay = arg;
    for (int i = 0; i < relay->done.n_ranges; i++) {
        const struct Range *range = &relay->done.ranges[i];
        Err err = tx_exec(tx, ctx, relay->queries->remove, DB_ARGS(db_int(range->first), db_int(range->last)), NULL);
        if (err) return err;
    }
    return OK;
}

static void take_nothing(const Rows *row, void *arg)
{
}

/* Usually one range, and one statement. */
ON_WORKER static Err remove_range(Relay *relay, Ctx *ctx)
{
    const struct Range *range = relay->done.ranges;
    const DbValue params[] = { db_int(range->first), db_int(range->last) };
    DbStatement statement = { relay->queries->remove, params, ARRAY_LEN(params), 0 };
    return db_write_one(relay->db, ctx, &statement, take_nothing, NULL);
}

/* With a shared database one statement saves round trips, but is tried only once: if it lost a race or its connection,
 * fall back at once, before the lock is released and another process publishes the rows again. */
ON_WORKER static Err remove_published(Relay *relay, Ctx *ctx)
{
    if (db_is_shared(relay->db) && relay->done.n_ranges == 1) {
        Err err = remove_range(relay, ctx);
        if (err != ERR_UNAVAILABLE) return err;
        ctx_clear(ctx);
    }
    return db_write(relay->db, ctx, remove_ranges, relay);
}

/* If this fails, the row is published a second time, at the next start or by another process. */
ON_WORKER static Err remove_done(Relay *relay)
{
    if (relay->done.n_ranges == 0) return OK;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new(relay->task, clock_now_ms());
    Err err = remove_published(relay, ctx);
    if (err) {
        log_failure(LOG_WARN, ctx, "outbox.remove_failed");
        relay->remove_at_ms = relay->now_ms() + RETRY_MAX_MS;
        return err;
    }
    relay->removed = relay->done.ranges[relay->done.n_ranges - 1].last;
    relay->done.n_ranges = 0;
    relay->done.n_rows = 0;
    relay->remove_at_ms = RELAY_NEVER;
    return OK;
}

/* A row of a shared database: the ids between two rows may belong to a running commit, so each row is a range. A page
 * begins with no range, so its rows fit. */
static void note_done(Done *done, int64_t id)
{
    struct Range *last = done->n_ranges ? &done->ranges[done->n_ranges - 1] : NULL;
    if (last && last->last + 1 == id)
        last->last = id;
    else
        done->ranges[done->n_ranges++] = (struct Range){ id, id };
    done->n_rows++;
}

/* Rows of our own database up to this id. What lies behind the cursors of all relays of the table is one range. A relay
 * moves its own cursor before it reads the others', so when two move at once at least one of them sees both. */
static void note_passed(Relay *relay, int64_t id, size_t n_rows)
{
    Done *done = &relay->done;
    int64_t last = id;
    relay->cursor = id;
    for (int i = 0; i < relay->n_readers; i++)
        if (relay->readers[i]->cursor < last) last = relay->readers[i]->cursor;
    done->n_rows += (int64_t)n_rows;
    done->n_ranges = last > relay->removed;
    done->ranges[0] = (struct Range){ relay->removed + 1, last };
}

/* --- publishing --- */

static Err publish_rows(Relay *relay, Ctx *ctx, const Page *page, size_t *out_done)
{
    *out_done = 0;
    if (page->n_rows == 0) return OK;
    Err err = relay->publish(relay->target, ctx, page->events, (size_t)page->n_rows, out_done);
    metric_add(relay->published, (int64_t)*out_done);
    return err;
}

/* Removal is batched; rows behind the cursor are not read again meanwhile. */
ON_WORKER static Err publish_own(Relay *relay, Ctx *ctx, Page *page)
{
    size_t n_done = 0;
    Err err = db_read(relay->db, ctx, read_page, page);
    if (!err) err = publish_rows(relay, ctx, page, &n_done);
    if (n_done > 0) note_passed(relay, page->ids[n_done - 1], n_done);
    const Done *done = &relay->done;
    if (done->n_ranges == 0) return err;
    if (relay->remove_at_ms == RELAY_NEVER) relay->remove_at_ms = relay->now_ms() + REMOVE_AFTER_MS;
    if (done->n_rows >= REMOVE_ROWS) relay->remove_at_ms = relay->now_ms();
    return err;
}

/* First removes what the last turn could not, because it would be published again. */
static Err publish_shared(Ctx *ctx, void *arg)
{
    thread_role_assert(THREAD_WORKER);
    Page *page = arg;
    Relay *relay = page->relay;
    page->entered = true;
    ctx->deadline_ms = 0; /* it limited the wait for the lock */
    size_t n_done = 0;
    Err err = remove_done(relay);
    if (!err) err = db_read(relay->db, ctx, read_page, page);
    if (!err) err = publish_rows(relay, ctx, page, &n_done);
    for (size_t i = 0; i < n_done; i++) note_done(&relay->done, page->ids[i]);
    Err left = remove_done(relay);
    return err ? err : left;
}

/* Looking without the lock is cheaper, and on the timer mostly finds nothing. */
ON_WORKER static Err find_rows(Relay *relay, Ctx *ctx, bool *out_has)
{
    Page first = { .relay = relay, .limit = 1 };
    *out_has = true;
    if (relay->expects_rows || relay->done.n_rows > 0) return OK;
    Err err = db_read(relay->db, ctx, read_page, &first);
    *out_has = first.n_rows > 0;
    return err;
}

ON_WORKER static Err publish_page(Relay *relay, Ctx *ctx, Page *page)
{
    bool has_rows;
    if (!db_is_shared(relay->db)) return publish_own(relay, ctx, page);
    Err err = find_rows(relay, ctx, &has_rows);
    if (err || !has_rows) return err;
    ctx->deadline_ms = clock_monotonic_ms() + EXCLUSIVE_WAIT_MS;
    err = db_exclusive(relay->db, ctx, relay->task, publish_shared, page);
    /* Another process is publishing. If it leaves anything, the timer finds it. */
    return err == ERR_TIMEOUT && !page->entered ? OK : err;
}

/* Sets the time of the next look: at once after a full page, later after a failure. A partial page, fully published,
 * was the end of the table; anything committed after it was read wakes the relay. */
ON_WORKER static void look(Relay *relay)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new(relay->task, clock_now_ms());
    Page page = { .relay = relay, .limit = ROWS_PER_PAGE };
    Err err = publish_page(relay, ctx, &page);
    relay->expects_rows = err || page.n_rows == page.limit;
    if (err) {
        log_failure(LOG_WARN, ctx, "outbox.publish_failed");
        relay->look_at_ms = relay->now_ms() + backoff_next_ms(&relay->backoff);
        return;
    }
    backoff_reset(&relay->backoff);
    if (relay->expects_rows)
        relay->look_at_ms = relay->now_ms();
    else
        relay->look_at_ms = db_is_shared(relay->db) ? relay->now_ms() + LOOK_EVERY_MS : RELAY_NEVER;
}

/* --- turns --- */

/* A wake does not bring forward a look that a failure has postponed. */
static void take_wake(Relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    bool woken = relay->woken;
    relay->woken = false;
    pthread_mutex_unlock(&relay->lock);
    if (!woken || relay->backoff.failures > 0) return;
    relay->expects_rows = true;
    relay->look_at_ms = relay->now_ms();
}

int64_t relay_turn(Relay *relay)
{
    take_wake(relay);
    if (relay->look_at_ms <= relay->now_ms()) look(relay);
    if (relay->remove_at_ms <= relay->now_ms()) {
        Err err = remove_done(relay);
        (void)err; /* logged; retried later */
    }
    return relay->look_at_ms < relay->remove_at_ms ? relay->look_at_ms : relay->remove_at_ms;
}

/* Sleeps until the next turn. False if the outbox is closing and nothing can be published at once. */
static bool wait_for_turn(Relay *relay, int64_t due_ms)
{
    pthread_mutex_lock(&relay->lock);
    while (!relay->woken && !relay->stopping && relay->now_ms() < due_ms)
        cond_wait_until(&relay->wake, &relay->lock, due_ms == RELAY_NEVER ? 0 : due_ms);
    bool go_on = !relay->stopping || relay->woken;
    pthread_mutex_unlock(&relay->lock);
    return go_on || relay->look_at_ms <= relay->now_ms();
}

static void relay_main(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    Relay *relay = arg;
    int64_t due_ms;
    do due_ms = relay_turn(relay);
    while (wait_for_turn(relay, due_ms));
    Err err = remove_done(relay);
    (void)err; /* logged; published again at the next start */
}

/* --- life --- */

Relay *relay_new(const RelayConfig *config)
{
    static const Metric published =
        METRIC_COUNTER_INIT("molva_outbox_published_total", "Events published, by outbox and where to.");
    static const Metric lag =
        METRIC_GAUGE_INIT("molva_outbox_lag", "Events that wait to be published, by outbox and where to.");
    char labels[96];
    Relay *relay = calloc(1, sizeof *relay);
    if (!relay) abort();
    relay->db = config->db;
    relay->queries = config->queries;
    relay->publish = config->publish;
    relay->target = config->target;
    relay->now_ms = config->now_ms;
    relay->self = relay;
    relay->readers = config->readers ? config->readers : &relay->self;
    relay->n_readers = config->readers ? config->n_readers : 1;
    relay->backoff = (Backoff){ .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    relay->remove_at_ms = RELAY_NEVER;
    relay->woken = true; /* for leftovers of an earlier run */
    const char *consumer = config->consumer;
    snprintf(relay->thread_name, sizeof relay->thread_name, "%.7s-%.7s", config->outbox,
             consumer ? consumer : config->kind);
    snprintf(relay->task, sizeof relay->task, "outbox.%.20s", config->kind);
    int len = snprintf(labels, sizeof labels, "outbox=\"%.16s\",kind=\"%.8s\"", config->outbox, config->kind);
    if (consumer) snprintf(labels + len, sizeof labels - (size_t)len, ",consumer=\"%.32s\"", consumer);
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

void relay_wake(Relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    relay->woken = true;
    pthread_cond_signal(&relay->wake);
    pthread_mutex_unlock(&relay->lock);
}

/* Wakes it too, so that a change committed just before is published even if its commit has not woken the relay yet. */
void relay_stop(Relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    relay->woken = relay->stopping = true;
    pthread_cond_signal(&relay->wake);
    pthread_mutex_unlock(&relay->lock);
}

void relay_join(Relay *relay)
{
    pthread_join(relay->thread, NULL);
    relay->started = false;
}

void relay_free(Relay *relay)
{
    assert(!relay->started);
    pthread_cond_destroy(&relay->wake);
    pthread_mutex_destroy(&relay->lock);
    free(relay);
}
