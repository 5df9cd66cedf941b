/* A service's database: one SQL text for every engine, with the queries named in the service's queries.sql. Writes are
 * functions that run inside a transaction; the caller continues once the commit is on disk. */
#pragma once
#include <stdint.h>

#include "base/attr.h"
#include "base/ctx.h"

typedef struct Db Db;
typedef struct Tx Tx;

/* Generated from queries.sql by tools/embed_sql.py: "-- name: append", and where an engine needs its own text "-- name:
 * append @postgres". "-- name: append @postgres only": other engines lack the query, see db_has(). */
typedef struct DbQuery {
    const char *name;
    const char *sql;          /* NULL: another engine's only */
    const char *sql_postgres; /* NULL: the same */
} DbQuery;

/* Generated from migrations/NNNN_name.sql and NNNN_name@postgres.sql. Each runs once, in order, in its own
 * transaction. */
typedef struct DbMigration {
    int number;
    const char *name;
    const char *sql;
    const char *sql_postgres; /* NULL: the same */
} DbMigration;

typedef struct DbSchema {
    const char *service; /* "message": file message.db, or database of that name */
    const DbQuery *queries;
    int n_queries;
    const DbMigration *migrations;
    int n_migrations;
    /* "-- isolation: serializable" in queries.sql: a write depends on rows that it read without locking, so writes must
     * behave as if they ran one after another. Without it each statement sees what was committed before it began, and
     * rows that must not change are locked or updated first. (SQLite does run writes one after another.) */
    bool serializable;
} DbSchema;

typedef enum DbType { DB_NULL, DB_INT, DB_TEXT, DB_BLOB, DB_ID, DB_IDS, DB_INTS } DbType;

typedef struct DbValue {
    DbType type;
    int64_t number;
    Str bytes; /* borrowed until the call returns */
    Id id;
    /* DB_IDS, DB_INTS: borrowed likewise. */
    const Id *ids;
    const int64_t *numbers;
    size_t count;
} DbValue;

static inline DbValue db_null(void)
{
    return (DbValue){ .type = DB_NULL };
}
static inline DbValue db_int(int64_t value)
{
    return (DbValue){ .type = DB_INT, .number = value };
}
static inline DbValue db_text(Str value)
{
    return (DbValue){ .type = DB_TEXT, .bytes = value };
}
static inline DbValue db_blob(Str value)
{
    return (DbValue){ .type = DB_BLOB, .bytes = value };
}
static inline DbValue db_id(Id value)
{
    return (DbValue){ .type = DB_ID, .id = value };
}
/* A list in one parameter, its length bounded by the caller: "WHERE id IN ids($1)", see tools/embed_sql.py. */
static inline DbValue db_ids(const Id *ids, size_t n)
{
    return (DbValue){ .type = DB_IDS, .ids = ids, .count = n };
}
/* The same for numbers: "WHERE rev IN ints($1)". */
static inline DbValue db_ints(const int64_t *numbers, size_t n)
{
    return (DbValue){ .type = DB_INTS, .numbers = numbers, .count = n };
}
/* ID_NONE becomes NULL. */
static inline DbValue db_id_or_null(Id value)
{
    return id_is_none(value) ? db_null() : db_id(value);
}

/* The result of a query, read row by row. Columns count from 0. rows_done() accepts a zeroed Rows. */
typedef struct Rows {
    Tx *tx;
    void *driver; /* the driver's cursor */
    Ctx *ctx;
    Err err;
} Rows;

/* Returns the result of db_write(). On anything but OK all its changes are undone. It may run again after a run that
 * was undone through no fault of its own, so it overwrites its results in arg and never accumulates them. On SQLite it
 * runs on the writer thread while the caller waits: no I/O of its own, no waiting, no other database. */
typedef Err (*DbFn)(Tx *tx, Ctx *ctx, void *arg);

/* A write of one statement. */
typedef struct DbStatement {
    int query;
    const DbValue *params;
    int n_params;
    unsigned marks; /* as for tx_mark() */
} DbStatement;

/* Receives one row of a result. */
typedef void (*DbRowFn)(const Rows *row, void *arg);

/* Run by db_exclusive(). */
typedef Err (*DbExclusiveFn)(Ctx *ctx, void *arg);

typedef struct DbOps {
    const char *driver;
    bool shared; /* other processes may write to the database as well */
    bool (*has)(const Db *db, int query);
    Err (*write)(Db *db, Ctx *ctx, DbFn fn, void *arg);
    Err (*write_one)(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg);
    Err (*read)(Db *db, Ctx *ctx, DbFn fn, void *arg);
    Err (*exclusive)(Db *db, Ctx *ctx, const char *key, DbExclusiveFn fn, void *arg);
    void (*on_commit)(Db *db, void (*fn)(void *arg, unsigned marks), void *arg);
    Err (*exec)(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t *out_changed);
    Err (*query)(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows);
    bool (*rows_next)(Rows *rows);
    void (*rows_done)(Rows *rows);
    bool (*is_null)(const Rows *rows, int column);
    int64_t (*get_int)(const Rows *rows, int column);
    Str (*get_bytes)(const Rows *rows, int column);
    Id (*get_id)(const Rows *rows, int column);
    Err (*check)(Db *db, Ctx *ctx);
    void (*free)(Db *db);
} DbOps;

struct Db {
    const DbOps *ops;
};
struct Tx {
    Db *db;
    unsigned marks; /* see tx_mark() */
};

/* Runs fn in a transaction and returns once it is durable, or undone.
 *   OK                committed
 *   ERR_STORAGE_FULL  the disk is full; nothing was stored
 *   ERR_TIMEOUT       the deadline of ctx passed before the commit; nothing was stored
 *   ERR_UNAVAILABLE   locked, broken, stopping, no turn before the deadline, or too many writes wait; nothing was
 *                     stored. One exception: if the commit on a database server was cut off, and the server cannot say
 *                     afterwards what became of it, the outcome is unknown, so every write must be safe to repeat
 *   ERR_INTERNAL      the database refused a statement it should accept: a bug, or a damaged file
 *   else              returned by fn; nothing was stored */
ON_WORKER MUST_CHECK static inline Err db_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    return db->ops->write(db, ctx, fn, arg);
}
/* Whether this engine has the query. */
static inline bool db_has(const Db *db, int query)
{
    return db->ops->has(db, query);
}
/* Runs one statement as its own transaction, which takes one round trip over a network, and returns once it is durable.
 * fn receives each row of the result; on anything but OK discard what it received. The statement counts as a change if
 * it returned or changed a row. It is tried only once, so the caller must be able to do the same through db_write(),
 * looking first for what may already be stored.
 *   OK               committed
 *   ERR_CONFLICT     a unique constraint refused it; nothing was stored
 *   ERR_UNAVAILABLE  it lost a race, or the connection broke, and then it may have been stored
 *   else             as for db_write(); nothing was stored */
ON_WORKER MUST_CHECK static inline Err db_write_one(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn,
                                                    void *arg)
{
    return db->ops->write_one(db, ctx, statement, fn, arg);
}
/* Runs fn on one consistent snapshot; writing in it fails with ERR_INTERNAL. */
ON_WORKER MUST_CHECK static inline Err db_read(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    return db->ops->read(db, ctx, fn, arg);
}
/* Runs fn while no other process runs one with the same key on this database, waiting for its turn until the deadline.
 * No transaction is open: fn may use this database and others. If the connection to a server breaks meanwhile, another
 * process may start before fn has ended, so running twice must be no worse than wasteful.
 *   ERR_TIMEOUT      another process held the key until the deadline; fn did not run
 *   ERR_UNAVAILABLE  the database is unreachable; fn did not run
 *   else             returned by fn */
ON_WORKER MUST_CHECK static inline Err db_exclusive(Db *db, Ctx *ctx, const char *key, DbExclusiveFn fn, void *arg)
{
    return db->ops->exclusive(db, ctx, key, fn, arg);
}
/* Whether other processes may write to this database at the same time. Then sequence numbers may be committed out of
 * order. */
static inline bool db_is_shared(const Db *db)
{
    return db->ops->shared;
}
/* fn(arg, marks) runs on a driver thread after each commit of this process that changed something; it must not block.
 * marks: a superset of the marks of the committed transactions. One per database, set at startup; NULL removes it, and
 * when that returns no call is running. */
static inline void db_on_commit(Db *db, void (*fn)(void *arg, unsigned marks), void *arg)
{
    db->ops->on_commit(db, fn, arg);
}
/* OK if the database answers and accepts writes. */
ON_WORKER MUST_CHECK static inline Err db_check(Db *db, Ctx *ctx)
{
    return db->ops->check(db, ctx);
}
static inline void db_free(Db *db)
{
    if (db) db->ops->free(db);
}

/* Adds bits to the marks that db_on_commit()'s function receives for this transaction. */
static inline void tx_mark(Tx *tx, unsigned marks)
{
    tx->marks |= marks;
}

/* Arguments of a query: tx_exec(tx, ctx, Q_ADD, DB_ARGS(db_id(id), db_int(3)), NULL). */
#define DB_ARGS(...) (const DbValue[]){ __VA_ARGS__ }, (int)(sizeof((const DbValue[]){ __VA_ARGS__ }) / sizeof(DbValue))
#define DB_NO_ARGS   (const DbValue *)NULL, 0

/* Runs a statement without a result. out_changed (may be NULL): rows changed.
 *   ERR_CONFLICT  a unique constraint refused it; the transaction can continue
 * In the run that commits every result is correct. Over a network a driver may return OK early if out_changed is
 * NULL; if that turns out wrong, the function runs again. */
MUST_CHECK static inline Err tx_exec(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params,
                                     int64_t *out_changed)
{
    return tx->db->ops->exec(tx, ctx, query, params, n_params, out_changed);
}
/* Starts a query (also INSERT ... RETURNING). Release it with rows_done(); several may be open at once, but not the
 * same query twice. */
MUST_CHECK static inline Err tx_query(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows)
{
    return tx->db->ops->query(tx, ctx, query, params, n_params, out_rows);
}
/* Moves to the next row. False at the end and on an error: check rows_err(). */
static inline bool rows_next(Rows *rows)
{
    return rows->tx->db->ops->rows_next(rows);
}
MUST_CHECK static inline Err rows_err(const Rows *rows)
{
    return rows->err;
}
static inline void rows_done(Rows *rows)
{
    if (rows->tx) rows->tx->db->ops->rows_done(rows);
    rows->tx = NULL;
}
static inline bool row_is_null(const Rows *rows, int column)
{
    return rows->tx->db->ops->is_null(rows, column);
}
/* 0 for NULL. */
static inline int64_t row_int(const Rows *rows, int column)
{
    return rows->tx->db->ops->get_int(rows, column);
}
/* Copied into the arena of the query's ctx, NUL-terminated. Empty for NULL. */
static inline Str row_text(const Rows *rows, int column)
{
    return rows->tx->db->ops->get_bytes(rows, column);
}
static inline Str row_blob(const Rows *rows, int column)
{
    return rows->tx->db->ops->get_bytes(rows, column);
}
/* ID_NONE for NULL. */
static inline Id row_id(const Rows *rows, int column)
{
    return rows->tx->db->ops->get_id(rows, column);
}

/* Starts a query and moves to its first row: OK, ERR_NOT_FOUND if there is none, or the error. */
MUST_CHECK static inline Err tx_first(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, Rows *out_rows)
{
    Err err = tx_query(tx, ctx, query, params, n_params, out_rows);
    if (err) return err;
    if (rows_next(out_rows)) return OK;
    return out_rows->err ? out_rows->err : ERR_NOT_FOUND;
}
