/* A bounded pool of connections to one database, opened on demand. Any worker thread. */
#pragma once
#include "adapters/postgres/conn.h"

typedef struct Pool Pool;

/* kind: "pool", for the metric; at most `size` connections to target, which is borrowed. */
Pool *pool_new(const Target *target, const char *kind, unsigned size);
/* All connections must have been returned. */
void pool_free(Pool *pool);

/* A connection without a transaction and without pending results. Waits for one until ctx's deadline.
 *   ERR_UNAVAILABLE  none became free, or none can be opened. After a few failed connects every caller fails at once
 * for a while, instead of trying a server that is down. */
MUST_CHECK Err pool_take(Pool *pool, Ctx *ctx, PgConn **out_conn);
/* Broken ones are closed. */
void pool_give(Pool *pool, PgConn *conn);
