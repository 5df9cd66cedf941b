/* Connections to one database, a bounded number, opened when needed. Any worker thread. */
#pragma once
#include "adapters/postgres/conn.h"

typedef struct Pool Pool;

/* kind: "pool", for the metric; at most `size` connections to target, which is borrowed. */
Pool *pool_new(const Target *target, const char *kind, unsigned size);
/* Every connection must have been given back. */
void pool_free(Pool *pool);

/* A connection with no transaction and nothing to be read. Waits for one until ctx's deadline.
 *   ERR_UNAVAILABLE  none came free, or none can be made. After a few failures to connect everybody is told so at once
 *                    for a moment, instead of knocking at a server that is down. */
MUST_CHECK Err pool_take(Pool *pool, Ctx *ctx, PgConn **out_conn);
/* Broken ones are closed. */
void pool_give(Pool *pool, PgConn *conn);
