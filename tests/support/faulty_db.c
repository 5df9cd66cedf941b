/* The inner driver's transaction stands behind one of our own, so that every call of the function passes by here. */
#include <stdlib.h>

#include "support/faulty.h"

typedef struct FaultyDb {
    Db base;
    Db *inner;
    Faults *faults;
} FaultyDb;

typedef struct FaultyTx {
    Tx base;
    Tx *inner;
} FaultyTx;

/* A call of db_write() or db_read() on its way through. */
typedef struct Passage {
    FaultyDb *db;
    DbFn fn;
    void *arg;
    bool writes;
} Passage;

static Err fault(Ctx *ctx, Faults *faults)
{
    return ctx_fail(ctx, faults->err, "a fault of the test");
}

static FaultyDb *db_of(Tx *tx)
{
    return CONTAINER_OF(tx->db, FaultyDb, base);
}

static Tx *inner_of(Tx *tx)
{
    return CONTAINER_OF(tx, FaultyTx, base)->inner;
}

static Err run(Tx *tx, Ctx *ctx, void *arg)
{
    Passage *passage = arg;
    FaultyTx own = { { .db = &passage->db->base }, tx };
    Err err = passage->fn(&own.base, ctx, passage->arg);
    tx_mark(tx, own.base.marks);
    if (!err && passage->writes && faults_hit(passage->db->faults)) err = fault(ctx, passage->db->faults);
    return err;
}

static Err faulty_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    FaultyDb *self = CONTAINER_OF(db, FaultyDb, base);
    Passage passage = { self, fn, arg, true };
    return faults_hit(self->faults) ? fault(ctx, self->faults) : db_write(self->inner, ctx, run, &passage);
}

static bool faulty_has(const Db *db, int query)
{
    return db_has(CONTAINER_OF(db, const FaultyDb, base)->inner, query);
}

/* Fails before it, or after it was stored. */
static Err faulty_write_one(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg)
{
    FaultyDb *self = CONTAINER_OF(db, FaultyDb, base);
    if (faults_hit(self->faults)) return fault(ctx, self->faults);
    Err err = db_write_one(self->inner, ctx, statement, fn, arg);
    return !err && faults_hit(self->faults) ? fault(ctx, self->faults) : err;
}

static Err faulty_read(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    FaultyDb *self = CONTAINER_OF(db, FaultyDb, base);
    Passage passage = { self, fn, arg, false };
    return faults_hit(self->faults) ? fault(ctx, self->faults) : db_read(self->inner, ctx, run, &passage);
}

static Err faulty_exclusive(Db *db, Ctx *ctx, const char *key, DbExclusiveFn fn, void *arg)
{
    FaultyDb *self = CONTAINER_OF(db, FaultyDb, base);
    return faults_hit(self->faults) ? fault(ctx, self->faults) : db_exclusive(self->inner, ctx, key, fn, arg);
}

static void faulty_on_commit(Db *db, void (*fn)(void *arg, unsigned marks), void *arg)
{
    db_on_commit(CONTAINER_OF(db, FaultyDb, base)->inner, fn, arg);
}

static Err faulty_exec(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t *out_changed)
{
    Faults *faults = db_of(tx)->faults;
    return faults_hit(faults) ? fault(ctx, faults) : tx_exec(inner_of(tx), ctx, query, params, n_params, out_changed);
}

/* The inner rows are the driver's cursor of ours. */
static Err faulty_query(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows)
{
    Faults *faults = db_of(tx)->faults;
    *out_rows = (Rows){ .ctx = ctx };
    if (faults_hit(faults)) return fault(ctx, faults);
    Rows *inner = arena_new_of(ctx->arena, Rows);
    Err err = tx_query(inner_of(tx), ctx, query, params, n_params, inner);
    if (err) return err;
    *out_rows = (Rows){ .tx = tx, .ctx = ctx, .driver = inner };
    return OK;
}

static bool faulty_rows_next(Rows *rows)
{
    Faults *faults = db_of(rows->tx)->faults;
    Rows *inner = rows->driver;
    if (rows->err) return false;
    if (faults_hit(faults)) {
        rows->err = fault(rows->ctx, faults);
        return false;
    }
    bool more = rows_next(inner);
    rows->err = inner->err;
    return more;
}

static void faulty_rows_done(Rows *rows)
{
    rows_done(rows->driver);
}

static bool faulty_is_null(const Rows *rows, int column)
{
    return row_is_null(rows->driver, column);
}

static int64_t faulty_int(const Rows *rows, int column)
{
    return row_int(rows->driver, column);
}

static Str faulty_bytes(const Rows *rows, int column)
{
    return row_text(rows->driver, column);
}

static Id faulty_id(const Rows *rows, int column)
{
    return row_id(rows->driver, column);
}

static Err faulty_check(Db *db, Ctx *ctx)
{
    FaultyDb *self = CONTAINER_OF(db, FaultyDb, base);
    return faults_hit(self->faults) ? fault(ctx, self->faults) : db_check(self->inner, ctx);
}

static void faulty_db_free(Db *db)
{
    FaultyDb *self = CONTAINER_OF(db, FaultyDb, base);
    db_free(self->inner);
    free(self);
}

Db *faulty_db_new(Db *inner, Faults *faults)
{
    static const DbOps ops = { .driver = "faulty",
                               .has = faulty_has,
                               .write = faulty_write,
                               .write_one = faulty_write_one,
                               .read = faulty_read,
                               .exclusive = faulty_exclusive,
                               .on_commit = faulty_on_commit,
                               .exec = faulty_exec,
                               .query = faulty_query,
                               .rows_next = faulty_rows_next,
                               .rows_done = faulty_rows_done,
                               .is_null = faulty_is_null,
                               .get_int = faulty_int,
                               .get_bytes = faulty_bytes,
                               .get_id = faulty_id,
                               .check = faulty_check,
                               .free = faulty_db_free };
    FaultyDb *self = calloc(1, sizeof *self);
    if (!self) abort();
    *self = (FaultyDb){ { &ops }, inner, faults };
    return &self->base;
}
