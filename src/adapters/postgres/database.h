/* The parts of a database of this driver. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "adapters/postgres/pool.h"
#include "base/metrics.h"

typedef struct PostgresDb {
    Db base;
    /* fixed after open */
    Target target;
    Pool *pool; /* for reads and writes */
    Pool *
        locks; /* for db_exclusive(): those who hold a lock need a second connection, and must not wait for their own */
    Metric *commits, *commit_seconds, *repeats;
    /* atomic */
    atomic_bool failing; /* the last write found the disk full */

    pthread_mutex_t turn_lock;
    pthread_cond_t turn_free;
    /* turn_lock */
    bool turn_taken;
    int losers; /* serializable writes that lost a race and have not succeeded yet */

    pthread_mutex_t hook_lock; /* held while the hook runs */
    /* hook_lock */
    void (*hook)(void *arg, unsigned marks);
    void *hook_arg;
} PostgresDb;

static inline PostgresDb *postgres_db_of(Db *db)
{
    return CONTAINER_OF(db, PostgresDb, base);
}

/* DbOps.write, .write_one, .read and .exclusive. */
Err postgres_write(Db *db, Ctx *ctx, DbFn fn, void *arg);
Err postgres_write_one(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg);
Err postgres_read(Db *db, Ctx *ctx, DbFn fn, void *arg);
Err postgres_exclusive(Db *db, Ctx *ctx, const char *key, DbExclusiveFn fn, void *arg);

typedef enum Outcome { OUTCOME_COMMITTED, OUTCOME_UNDONE, OUTCOME_UNKNOWN } Outcome;

/* The outcome of transaction `xid`, whose commit was cut off. server_epoch: of its connection. Asks for 5 s at most,
 * whatever deadline the write has: its caller is to hear what happened. */
Outcome postgres_outcome(PostgresDb *db, int64_t xid, const char *server_epoch);

/* Creates or migrates the tables. Processes that start together take turns. */
MUST_CHECK Err postgres_migrate(Ctx *ctx, const Target *target);
