/* Two relays read the same table, each behind a cursor of its own: the id up to which it has published everything. Rows that
 * both have passed are removed, many at a time. Cursors are not stored: after a restart every row that is left goes out
 * again. A relay sleeps until a commit; it wakes by the clock only to try again, and once to remove what is done. */
#include "ports/outbox.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ports/labelled_metric.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "runtime/thread.h"

#define ROWS_PER_READ   256
#define LIVE_TOPICS_MAX 4
#define REMOVE_ROWS     64  /* rows that are done are removed when there are so many ... */
#define REMOVE_AFTER_MS 200 /* ... or when the first of them has waited so long */
#define RETRY_BASE_MS   20
#define RETRY_MAX_MS    5000

typedef struct OutboxRow {
    int64_t id;
    Str bus_topic, live_topics, trace_id, payload;
} OutboxRow;

/* Publishes one row. Sets *out_published when the row concerns it at all. */
typedef Err (*PublishFn)(Outbox *outbox, Ctx *ctx, const OutboxRow *row, bool *out_published);

typedef struct Relay {
    /* fixed after open */
    Outbox *outbox;
    const char *task; /* "outbox.live" */
    PublishFn publish;
    Metric *published;
    pthread_t thread;
    pthread_cond_t wake;
    /* the thread's */
    Backoff backoff;
    uint64_t commits_seen; /* 0: look without waiting for another */
    /* the outbox's lock */
    int64_t cursor;
} Relay;

struct Outbox {
    /* fixed after open */
    char name[17];
    Db *db;
    OutboxQueries queries;
    Pubsub *pubsub;
    Bus *bus;
    Metric *lag;
    bool started;
    /* the bus relay's */
    int64_t removed;      /* rows up to this id are gone from the table */
    int64_t remove_at_ms; /* monotonic; 0: nothing is done that is not removed */

    Relay live, to_bus;
    pthread_mutex_t lock;
    /* lock */
    uint64_t commits; /* never 0 */
    int64_t floor;    /* rows up to this id were gone when we started */
    int64_t newest;   /* the highest id that a relay has seen */
    bool stopping;
};

Err outbox_add(Outbox *outbox, Tx *tx, Ctx *ctx, const char *bus_topic, const char *const *live_topics, Str payload)
{
    StrBuf topics;
    strbuf_init(&topics, ctx->arena);
    for (int i = 0; live_topics && live_topics[i]; i++) {
        assert(i < LIVE_TOPICS_MAX);
        if (i > 0) strbuf_add_char(&topics, '\n');
        strbuf_add(&topics, str_of(live_topics[i]));
    }
    return tx_exec(tx, ctx, outbox->queries.add,
                   DB_ARGS(db_text(str_of(bus_topic)), db_text(strbuf_str(&topics)), db_text(str_of(ctx->trace_id)),
                           db_blob(payload)),
                   NULL);
}

/* The next rows behind a relay's cursor. */
typedef struct RowList {
    const Outbox *outbox;
    int64_t after;
    OutboxRow *rows;
    int n_rows;
} RowList;

static Err list_rows(Tx *tx, Ctx *ctx, void *arg)
{
    RowList *list = arg;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, list->outbox->queries.list, DB_ARGS(db_int(list->after), db_int(ROWS_PER_READ)), &rows);
    if (err) return err;
    list->rows = arena_alloc_raw(ctx->arena, sizeof(OutboxRow) * ROWS_PER_READ);
    list->n_rows = 0;
    while (rows_next(&rows))
        list->rows[list->n_rows++] = (OutboxRow){ .id = row_int(&rows, 0),
                                                  .bus_topic = row_text(&rows, 1),
                                                  .live_topics = row_text(&rows, 2),
                                                  .trace_id = row_text(&rows, 3),
                                                  .payload = row_blob(&rows, 4) };
    return rows_err(&rows);
}

static Err publish_live(Outbox *outbox, Ctx *ctx, const OutboxRow *row, bool *out_published)
{
    Str topics = row->live_topics;
    while (topics.len > 0) {
        Err err = pubsub_publish(outbox->pubsub, ctx, str_cut(&topics, '\n'), row->payload);
        if (err) return err;
        *out_published = true;
    }
    return OK;
}

static Err publish_to_bus(Outbox *outbox, Ctx *ctx, const OutboxRow *row, bool *out_published)
{
    if (row->bus_topic.len == 0) return OK;
    *out_published = true;
    return bus_publish(outbox->bus, ctx, row->bus_topic, row->payload);
}

/* With the lock held. The id up to which every row has gone everywhere. */
static int64_t done_up_to(const Outbox *outbox)
{
    int64_t done = outbox->live.cursor < outbox->to_bus.cursor ? outbox->live.cursor : outbox->to_bus.cursor;
    return done > outbox->floor ? done : outbox->floor;
}

static void note_seen(Outbox *outbox, const RowList *list)
{
    if (list->n_rows == 0) return;
    pthread_mutex_lock(&outbox->lock);
    int64_t newest = list->rows[list->n_rows - 1].id;
    if (outbox->newest == 0) outbox->floor = list->rows[0].id - 1;
    if (newest > outbox->newest) outbox->newest = newest;
    metric_set(outbox->lag, outbox->newest - done_up_to(outbox));
    pthread_mutex_unlock(&outbox->lock);
}

static void advance(Relay *relay, int64_t id)
{
    Outbox *outbox = relay->outbox;
    pthread_mutex_lock(&outbox->lock);
    relay->cursor = id;
    metric_set(outbox->lag, outbox->newest - done_up_to(outbox));
    pthread_mutex_unlock(&outbox->lock);
}

static Err publish_rows(Relay *relay, Ctx *ctx, const RowList *list)
{
    for (int i = 0; i < list->n_rows; i++) {
        const OutboxRow *row = &list->rows[i];
        bool published = false;
        snprintf(ctx->trace_id, sizeof ctx->trace_id, "%s", row->trace_id.ptr);
        Err err = relay->publish(relay->outbox, ctx, row, &published);
        if (err) return err;
        if (published) metric_add(relay->published, 1);
        advance(relay, row->id);
    }
    return OK;
}

/* Reads and publishes once. *out_more: there may be more rows. */
static Err relay_round(Relay *relay, Ctx *ctx, bool *out_more)
{
    RowList list = { .outbox = relay->outbox, .after = relay->cursor };
    Err err = db_read(relay->outbox->db, ctx, list_rows, &list);
    if (err) return err;
    note_seen(relay->outbox, &list);
    *out_more = list.n_rows == ROWS_PER_READ;
    return publish_rows(relay, ctx, &list);
}

typedef struct Removal {
    const Outbox *outbox;
    int64_t up_to;
} Removal;

static Err remove_rows(Tx *tx, Ctx *ctx, void *arg)
{
    const Removal *removal = arg;
    return tx_exec(tx, ctx, removal->outbox->queries.remove, DB_ARGS(db_int(removal->up_to)), NULL);
}

/* Removes what both relays have published: when enough has gathered, when it has waited long enough, or at once. A row that
 * stays because this fails only goes out a second time, at the next start. */
static void remove_done(Outbox *outbox, bool at_once)
{
    Relay *relay = &outbox->to_bus;
    int64_t now_ms = clock_monotonic_ms();
    bool is_due = outbox->remove_at_ms != 0 && now_ms >= outbox->remove_at_ms;

    pthread_mutex_lock(&outbox->lock);
    if (outbox->removed < outbox->floor) outbox->removed = outbox->floor;
    int64_t done = done_up_to(outbox);
    pthread_mutex_unlock(&outbox->lock);

    if (is_due) outbox->remove_at_ms = 0;
    if (done > outbox->removed && (at_once || is_due || done - outbox->removed >= REMOVE_ROWS)) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new("outbox.remove", clock_now_ms());
        Removal removal = { outbox, done };
        Err err = db_write(outbox->db, ctx, remove_rows, &removal);
        if (err) log_failure(LOG_WARN, ctx, "outbox.remove_failed");
        outbox->remove_at_ms = err ? now_ms + RETRY_MAX_MS : 0;
        if (!err) outbox->removed = done;
    }
    if (relay->cursor > outbox->removed && outbox->remove_at_ms == 0) outbox->remove_at_ms = now_ms + REMOVE_AFTER_MS;
}

/* Sleeps until there may be something to do. False when the outbox is closing. */
static bool wait_for_work(Relay *relay, int64_t until_ms)
{
    Outbox *outbox = relay->outbox;
    pthread_mutex_lock(&outbox->lock);
    while (!outbox->stopping && relay->commits_seen == outbox->commits)
        if (!cond_wait_until(&relay->wake, &outbox->lock, until_ms)) break;
    relay->commits_seen = outbox->commits;
    bool go_on = !outbox->stopping;
    pthread_mutex_unlock(&outbox->lock);
    return go_on;
}

/* False when the outbox is closing. */
static bool wait_to_retry(Relay *relay)
{
    Outbox *outbox = relay->outbox;
    int64_t until_ms = clock_monotonic_ms() + backoff_next_ms(&relay->backoff);
    pthread_mutex_lock(&outbox->lock);
    while (!outbox->stopping)
        if (!cond_wait_until(&relay->wake, &outbox->lock, until_ms)) break;
    bool go_on = !outbox->stopping;
    pthread_mutex_unlock(&outbox->lock);
    return go_on;
}

static void relay_main(void *arg)
{
    Relay *relay = arg;
    bool is_bus = relay == &relay->outbox->to_bus;
    bool go_on, more;
    do {
        go_on = wait_for_work(relay, is_bus ? relay->outbox->remove_at_ms : 0);
        _cleanup_(ctx_freep) Ctx *ctx = ctx_new(relay->task, clock_now_ms());
        more = false;
        Err err = relay_round(relay, ctx, &more);
        if (is_bus) remove_done(relay->outbox, false);
        if (err) {
            log_failure(LOG_WARN, ctx, "outbox.publish_failed");
            more = true;
            go_on = go_on && wait_to_retry(relay);
            if (!go_on) break;
        } else {
            backoff_reset(&relay->backoff);
        }
        if (more) relay->commits_seen = 0;
    } while (go_on || more);
}

void outbox_wake(Outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    outbox->commits++;
    pthread_cond_signal(&outbox->live.wake);
    pthread_cond_signal(&outbox->to_bus.wake);
    pthread_mutex_unlock(&outbox->lock);
}

static void on_commit(void *arg)
{
    outbox_wake(arg);
}

static void relay_init(Relay *relay, Outbox *outbox, const char *task, const char *kind, PublishFn publish)
{
    static const Metric published =
        METRIC_COUNTER_INIT("molva_outbox_published_total", "Events published, by outbox and where to.");
    char labels[64];
    snprintf(labels, sizeof labels, "outbox=\"%s\",kind=\"%s\"", outbox->name, kind);
    *relay = (Relay){ .outbox = outbox,
                      .task = task,
                      .publish = publish,
                      .published = labelled_metric(&published, labels),
                      .backoff = { .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS } };
    cond_init(&relay->wake);
}

Outbox *outbox_open(const char *name, Db *db, const OutboxQueries *queries, Pubsub *pubsub, Bus *bus)
{
    static const Metric lag = METRIC_GAUGE_INIT("molva_outbox_lag", "Events that are not yet published everywhere.");
    char labels[64];
    Outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox) abort();
    snprintf(outbox->name, sizeof outbox->name, "%s", name);
    outbox->db = db;
    outbox->queries = *queries;
    outbox->pubsub = pubsub;
    outbox->bus = bus;
    outbox->commits = 1;
    snprintf(labels, sizeof labels, "outbox=\"%s\"", outbox->name);
    outbox->lag = labelled_metric(&lag, labels);
    pthread_mutex_init(&outbox->lock, NULL);
    relay_init(&outbox->live, outbox, "outbox.live", "live", publish_live);
    relay_init(&outbox->to_bus, outbox, "outbox.bus", "bus", publish_to_bus);
    return outbox;
}

void outbox_start(Outbox *outbox)
{
    char thread[16];
    assert(!outbox->started);
    outbox->started = true;
    db_on_commit(outbox->db, on_commit, outbox);
    snprintf(thread, sizeof thread, "%.10s-live", outbox->name);
    outbox->live.thread = thread_start(thread, THREAD_WORKER, relay_main, &outbox->live);
    snprintf(thread, sizeof thread, "%.10s-bus", outbox->name);
    outbox->to_bus.thread = thread_start(thread, THREAD_WORKER, relay_main, &outbox->to_bus);
}

static void stop(Outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    outbox->stopping = true;
    pthread_cond_signal(&outbox->live.wake);
    pthread_cond_signal(&outbox->to_bus.wake);
    pthread_mutex_unlock(&outbox->lock);
    pthread_join(outbox->live.thread, NULL);
    pthread_join(outbox->to_bus.thread, NULL);
    db_on_commit(outbox->db, NULL, NULL);
    remove_done(outbox, true);
}

void outbox_close(Outbox *outbox)
{
    if (!outbox) return;
    if (outbox->started) stop(outbox);
    pthread_cond_destroy(&outbox->live.wake);
    pthread_cond_destroy(&outbox->to_bus.wake);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}
