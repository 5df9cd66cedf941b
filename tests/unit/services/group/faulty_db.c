/* Every call goes through to the inner database, but for the one that shall fail. Rows are the inner database's own: once
 * a query has started they are read there, which is why this driver has no way to read rows. */
#include "faulty_db.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct FaultyDb {
    Db base;
    Db *inner;
    /* atomic */
    atomic_int calls, fail_at, writes;
    atomic_bool tripped;
} FaultyDb;

typedef struct FaultyTx {
    Tx base;
    Tx *inner;
} FaultyTx;

typedef struct Work {
    FaultyDb *self;
    DbFn fn;
    void *arg;
} Work;

static FaultyDb *self_of(Db *db)
{
    return CONTAINER_OF(db, FaultyDb, base);
}

static Tx *inner_of(Tx *tx)
{
    return CONTAINER_OF(tx, FaultyTx, base)->inner;
}

static Err maybe_fail(FaultyDb *self, Ctx *ctx)
{
    if (atomic_fetch_add(&self->calls, 1) + 1 != atomic_load(&self->fail_at)) return OK;
    atomic_store(&self->tripped, true);
    return ctx_fail(ctx, ERR_UNAVAILABLE, "a fault was asked for");
}

static Err run(Tx *inner, Ctx *ctx, void *arg)
{
    Work *work = arg;
    FaultyTx tx = { .base = { .db = &work->self->base }, .inner = inner };
    Err err = work->fn(&tx.base, ctx, work->arg);
    tx_mark(inner, tx.base.marks);
    return err ? err : maybe_fail(work->self, ctx); /* the commit fails */
}

static Err faulty_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    Work work = { self_of(db), fn, arg };
    Err err = db_write(work.self->inner, ctx, run, &work);
    if (!err) atomic_fetch_add(&work.self->writes, 1);
    return err;
}

int faulty_db_writes(const Db *faulty)
{
    return atomic_load(&CONTAINER_OF(faulty, const FaultyDb, base)->writes);
}

static Err faulty_read(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    Work work = { self_of(db), fn, arg };
    return db_read(work.self->inner, ctx, run, &work);
}

/* What one engine only has is a shortcut, whose failure would go unseen. */
static bool faulty_has(const Db *db, int query)
{
    const FaultyDb *self = CONTAINER_OF(db, const FaultyDb, base);
    return atomic_load(&self->fail_at) == 0 && db_has(self->inner, query);
}

static Err faulty_write_one(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg)
{
    return db_write_one(self_of(db)->inner, ctx, statement, fn, arg);
}

static Err faulty_exclusive(Db *db, Ctx *ctx, const char *key, DbExclusiveFn fn, void *arg)
{
    Err err = maybe_fail(self_of(db), ctx);
    return err ? err : db_exclusive(self_of(db)->inner, ctx, key, fn, arg);
}

static void faulty_on_commit(Db *db, void (*fn)(void *arg, unsigned marks), void *arg)
{
    db_on_commit(self_of(db)->inner, fn, arg);
}

static Err faulty_exec(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t *out_changed)
{
    Err err = maybe_fail(self_of(tx->db), ctx);
    return err ? err : tx_exec(inner_of(tx), ctx, query, params, n_params, out_changed);
}

static Err faulty_query(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows)
{
    Err err = maybe_fail(self_of(tx->db), ctx);
    return err ? err : tx_query(inner_of(tx), ctx, query, params, n_params, out_rows);
}

static Err faulty_check(Db *db, Ctx *ctx)
{
    return db_check(self_of(db)->inner, ctx);
}

static void faulty_free(Db *db)
{
    db_free(self_of(db)->inner);
    free(self_of(db));
}

static const DbOps faulty_ops = {
    .driver = "faulty",
    .has = faulty_has,
    .write = faulty_write,
    .write_one = faulty_write_one,
    .read = faulty_read,
    .exclusive = faulty_exclusive,
    .on_commit = faulty_on_commit,
    .exec = faulty_exec,
    .query = faulty_query,
    .check = faulty_check,
    .free = faulty_free,
};

Db *faulty_db_new(Db *inner)
{
    FaultyDb *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &faulty_ops;
    self->inner = inner;
    return &self->base;
}

Db *faulty_db_inner(Db *faulty)
{
    return self_of(faulty)->inner;
}

void faulty_db_arm(Db *faulty, int nth)
{
    FaultyDb *self = self_of(faulty);
    atomic_store(&self->calls, 0);
    atomic_store(&self->tripped, false);
    atomic_store(&self->fail_at, nth);
}

bool faulty_db_next(Db *faulty, int *nth)
{
    bool goes_on = *nth == 0 || atomic_load(&self_of(faulty)->tripped);
    faulty_db_arm(faulty, goes_on ? ++*nth : 0);
    return goes_on;
}
