/* Callers queue and sleep, each on the state of its own write; the thread takes everything that waits, up to
 * SQLITE_BATCH_MAX, and while it commits the next batch accumulates. Woken callers need no lock to read their result:
 * with one, a large commit would only move them from one queue to the next. */
#include "adapters/sqlite/writer.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/sqlite/batch.h"
#include "ports/labelled_metric.h"
#include "runtime/futex.h"
#include "runtime/thread.h"

/* Log size in pages from which it is checkpointed, as far as readers permit (4 MiB) ... */
#define CHECKPOINT_PAGES 1000
/* ... and from which on the writer waits for the readers, so that the log cannot grow for ever (64 MiB). */
#define CHECKPOINT_PAGES_MAX 16000

struct Writer {
    /* fixed after start */
    SqliteConn *conn;
    pthread_t thread;
    unsigned queued_max;
    BatchMetrics metrics;
    Metric *queued;
    /* owned by the thread */
    int last_wal_pages, checkpoint_at;
    /* atomic */
    atomic_bool failing;

    pthread_mutex_t hook_lock; /* held while the hook runs */
    /* hook_lock */
    void (*hook)(void *arg, unsigned marks);
    void *hook_arg;

    pthread_mutex_t lock;
    pthread_cond_t work;
    /* lock */
    Write *first, *last;
    unsigned n_queued;
    bool stopping;
};

static void unlink_write(Writer *writer, Write *write)
{
    Write **at = &writer->first, *before = NULL;
    while (*at != write) {
        before = *at;
        at = &before->next;
    }
    *at = write->next;
    if (writer->last == write) writer->last = before;
    metric_set(writer->queued, --writer->n_queued);
}

/* With the lock held. The next list for the thread. */
static unsigned take_batch(Writer *writer, Write **out_first)
{
    Write *first = writer->first, *last = NULL;
    unsigned n = 0;
    for (Write *write = first; write && n < SQLITE_BATCH_MAX; write = write->next, n++) {
        atomic_store_explicit(&write->state, WRITE_BEGUN, memory_order_relaxed);
        last = write;
    }
    writer->first = last->next;
    if (!writer->first) writer->last = NULL;
    last->next = NULL;
    writer->n_queued -= n;
    metric_set(writer->queued, writer->n_queued);
    *out_first = first;
    return n;
}

/* Wakes the callers. A write lives on its caller's stack, so it is gone once it is done. */
static void answer(Write *first)
{
    for (Write *write = first, *next; write; write = next) {
        next = write->next;
        atomic_store_explicit(&write->state, WRITE_DONE, memory_order_release);
        futex_wake(&write->state);
    }
}

static bool has_fault(const Write *first)
{
    for (const Write *write = first; write; write = write->next)
        if (write->err == ERR_STORAGE_FULL || write->err == ERR_UNAVAILABLE) return true;
    return false;
}

static void call_hook(Writer *writer)
{
    pthread_mutex_lock(&writer->hook_lock);
    if (writer->hook) writer->hook(writer->hook_arg, writer->conn->tx.marks);
    pthread_mutex_unlock(&writer->hook_lock);
}

/* Checkpoints the log when it has grown by another CHECKPOINT_PAGES. A failure is harmless: committed data stay in the
 * log. */
static void checkpoint(Writer *writer)
{
    int pages = writer->conn->wal_pages;
    if (pages < writer->last_wal_pages) writer->checkpoint_at = CHECKPOINT_PAGES; /* the log restarted */
    writer->last_wal_pages = pages;
    if (pages < writer->checkpoint_at) return;
    int mode = pages < CHECKPOINT_PAGES_MAX ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
    sqlite3_wal_checkpoint_v2(writer->conn->handle, "main", mode, NULL, NULL);
    writer->checkpoint_at = pages + CHECKPOINT_PAGES;
}

static void run_batch(Writer *writer, Write *first, unsigned n)
{
    writer->conn->tx.marks = 0;
    bool committed = batch_run(writer->conn, first, n, &writer->metrics);
    if (committed)
        atomic_store(&writer->failing, false);
    else if (has_fault(first))
        atomic_store(&writer->failing, true);
    answer(first);
    if (!committed) return;
    call_hook(writer);
    checkpoint(writer);
}

static void writer_main(void *arg)
{
    Writer *writer = arg;
    Write *first;

    pthread_mutex_lock(&writer->lock);
    for (;;) {
        while (!writer->first && !writer->stopping) pthread_cond_wait(&writer->work, &writer->lock);
        if (!writer->first) break;
        unsigned n = take_batch(writer, &first);
        pthread_mutex_unlock(&writer->lock);
        run_batch(writer, first, n);
        pthread_mutex_lock(&writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
}

Writer *writer_start(SqliteConn *conn, unsigned writes_queued_max)
{
    static const Metric commits = METRIC_COUNTER_INIT("molva_db_commits_total", "Commits that reached the disk.");
    static const Metric commit_writes =
        METRIC_HISTOGRAM_INIT("molva_db_commit_batch", "Writes that shared one commit.", 1);
    static const Metric commit_seconds =
        METRIC_HISTOGRAM_INIT("molva_db_commit_seconds", "Time of one commit, to the disk.", 0.000001);
    static const Metric queued = METRIC_GAUGE_INIT("molva_db_writes_queued", "Writes that wait for the writer.");

    char label[64], name[16];
    snprintf(label, sizeof label, "db=\"%s\"", conn->schema->service);
    snprintf(name, sizeof name, "%.9s-write", conn->schema->service);

    Writer *writer = calloc(1, sizeof *writer);
    if (!writer) abort();
    writer->conn = conn;
    writer->queued_max = writes_queued_max;
    writer->metrics = (BatchMetrics){ .commits = labelled_metric(&commits, label),
                                      .commit_writes = labelled_metric(&commit_writes, label),
                                      .commit_seconds = labelled_metric(&commit_seconds, label) };
    writer->queued = labelled_metric(&queued, label);
    writer->checkpoint_at = CHECKPOINT_PAGES;
    pthread_mutex_init(&writer->hook_lock, NULL);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->work, NULL);
    writer->thread = thread_start(name, THREAD_WORKER, writer_main, writer);
    return writer;
}

void writer_stop(Writer *writer)
{
    if (!writer) return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);

    sqlite_conn_close(writer->conn);
    pthread_cond_destroy(&writer->work);
    pthread_mutex_destroy(&writer->lock);
    pthread_mutex_destroy(&writer->hook_lock);
    free(writer);
}

/* With the lock held. */
static Err enqueue(Writer *writer, Write *write)
{
    if (writer->stopping) return ctx_fail(write->ctx, ERR_UNAVAILABLE, "the database is closing");
    if (writer->n_queued >= writer->queued_max)
        return ctx_fail(write->ctx, ERR_UNAVAILABLE, "%u writes wait for the database already", writer->queued_max);
    if (writer->last)
        writer->last->next = write;
    else
        writer->first = write;
    writer->last = write;
    metric_set(writer->queued, ++writer->n_queued);
    if (writer->n_queued == 1) pthread_cond_signal(&writer->work);
    return OK;
}

/* Leaves the queue, unless the writer has begun: then the result comes soon, and the writer still needs the ctx. */
static bool give_up(Writer *writer, Write *write)
{
    pthread_mutex_lock(&writer->lock);
    bool queued = atomic_load_explicit(&write->state, memory_order_relaxed) == WRITE_QUEUED;
    if (queued) unlink_write(writer, write);
    pthread_mutex_unlock(&writer->lock);
    return queued;
}

Err writer_run(Writer *writer, Ctx *ctx, DbFn fn, void *arg)
{
    Write write = { .fn = fn, .arg = arg, .ctx = ctx };
    int64_t deadline_ms = ctx->deadline_ms; /* read now, because the ctx may belong to the writer later */
    uint32_t state;
    assert(!pthread_equal(pthread_self(), writer->thread)); /* a nested write would wait for itself */

    pthread_mutex_lock(&writer->lock);
    Err err = enqueue(writer, &write);
    pthread_mutex_unlock(&writer->lock);
    if (err) return err;

    while ((state = atomic_load_explicit(&write.state, memory_order_acquire)) != WRITE_DONE) {
        bool in_time = futex_wait(&write.state, state, state == WRITE_QUEUED ? deadline_ms : 0);
        if (!in_time && give_up(writer, &write))
            return ctx_fail(ctx, ERR_UNAVAILABLE, "the deadline passed while the write waited for the database");
    }
    return write.err;
}

void writer_on_commit(Writer *writer, void (*fn)(void *arg, unsigned marks), void *arg)
{
    pthread_mutex_lock(&writer->hook_lock);
    writer->hook = fn;
    writer->hook_arg = arg;
    pthread_mutex_unlock(&writer->hook_lock);
}

bool writer_is_failing(Writer *writer)
{
    return atomic_load(&writer->failing);
}
