/* What the contract tests share: the database of tests/contract/queries.sql, small functions that run in its transactions,
 * and a latch to wait for what happens on other threads. */
#pragma once
#include <pthread.h>

#include "contract_queries.h"
#include "ports/db.h"
#include "runtime/clock.h"
#include "runtime/cond.h"
#include "support/temp_dir.h"
#include "support/test.h"

/* What failed, for the reader of the test's output. */
static inline void show(const Ctx *ctx)
{
    if (ctx->err) print_error("%s (%s:%d)\n", ctx->err_text, ctx->err_file, ctx->err_line);
}

#define CHECK_OK(ctx, call, label)  \
    do {                            \
        Err err_ = (call);          \
        if (err_) show(ctx);        \
        CHECK_ERR(err_, OK, label); \
    } while (0)

/* Counts; whoever waits for a number gives up after 20 seconds and fails. */
typedef struct Latch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int count;
} Latch;

static inline void latch_init(Latch *latch)
{
    pthread_mutex_init(&latch->lock, NULL);
    cond_init(&latch->changed);
    latch->count = 0;
}

static inline void latch_add(Latch *latch)
{
    pthread_mutex_lock(&latch->lock);
    latch->count++;
    pthread_cond_broadcast(&latch->changed);
    pthread_mutex_unlock(&latch->lock);
}

static inline int latch_count(Latch *latch)
{
    pthread_mutex_lock(&latch->lock);
    int count = latch->count;
    pthread_mutex_unlock(&latch->lock);
    return count;
}

static inline void latch_wait(Latch *latch, int count)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;
    bool in_time = true;
    pthread_mutex_lock(&latch->lock);
    while (latch->count < count && in_time) in_time = cond_wait_until(&latch->changed, &latch->lock, until_ms);
    int reached = latch->count;
    pthread_mutex_unlock(&latch->lock);
    if (reached < count) fail_msg("waited for %d, got %d", count, reached);
}

/* A row of items to add; then what the function answers. */
typedef struct Item {
    Id id;
    Str name;
    size_t data_bytes;
    Err answer;
    bool twice;
} Item;

static inline Err add_item(Tx *tx, Ctx *ctx, void *arg)
{
    const Item *item = arg;
    Str data = { item->data_bytes ? arena_alloc(ctx->arena, item->data_bytes) : "", item->data_bytes };
    DbValue name = item->name.ptr ? db_text(item->name) : db_null();
    Err err =
        tx_exec(tx, ctx, CONTRACT_Q_ADD, DB_ARGS(db_id(item->id), name, db_int(7), db_blob(data), db_null()), NULL);
    if (err) return err;
    return item->answer ? ctx_fail(ctx, item->answer, "as the test wants it") : OK;
}

static inline Item new_item(Str name)
{
    return (Item){ .id = id_new(clock_now_ms()), .name = name };
}

/* The number that a query without parameters answers. */
typedef struct Number {
    int query;
    int64_t number;
} Number;

static inline Err read_number(Tx *tx, Ctx *ctx, void *arg)
{
    Number *number = arg;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, number->query, DB_NO_ARGS, &rows);
    if (!err) number->number = row_int(&rows, 0);
    return err;
}

static inline int64_t count_items(Db *db)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Number number = { .query = CONTRACT_Q_COUNT };
    CHECK_OK(ctx, db_read(db, ctx, read_number, &number), "count");
    return number.number;
}

/* A call of db_write() on a thread of its own. */
typedef struct Writing {
    Db *db;
    DbFn fn;
    void *arg;
    Err err;
    pthread_t thread;
} Writing;

static inline void *writing_main(void *arg)
{
    Writing *writing = arg;
    Ctx *ctx = test_ctx_new();
    writing->err = db_write(writing->db, ctx, writing->fn, writing->arg);
    ctx_free(ctx);
    return NULL;
}

static inline void writing_start(Writing *writing)
{
    if (pthread_create(&writing->thread, NULL, writing_main, writing) != 0) abort();
}

static inline Err writing_join(Writing *writing)
{
    pthread_join(writing->thread, NULL);
    return writing->err;
}

/* A write that holds the database until it is let go: what is written meanwhile gathers behind it. */
typedef struct Gate {
    Latch entered, let_go;
    Writing writing;
} Gate;

static inline Err stand_in_gate(Tx *tx, Ctx *ctx, void *arg)
{
    Gate *gate = arg;
    latch_add(&gate->entered);
    latch_wait(&gate->let_go, 1);
    return OK;
}

static inline void gate_close(Gate *gate, Db *db)
{
    latch_init(&gate->entered);
    latch_init(&gate->let_go);
    gate->writing = (Writing){ .db = db, .fn = stand_in_gate, .arg = gate };
    writing_start(&gate->writing);
    latch_wait(&gate->entered, 1);
}

static inline void gate_open(Gate *gate)
{
    latch_add(&gate->let_go);
    CHECK_ERR(writing_join(&gate->writing), OK, "gate");
}
