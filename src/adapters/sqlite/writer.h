/* The thread that writes to one database, and its queue. */
#pragma once
#include "adapters/sqlite/conn.h"

typedef struct Writer Writer;

/* Takes over the connection. */
Writer *writer_start(SqliteConn *conn, unsigned writes_queued_max);
/* Runs queued writes, stops the thread, checkpoints the log and closes the connection. Accepts NULL. */
void writer_stop(Writer *writer);

/* db_write(): queues fn and waits until it is committed or undone. */
ON_WORKER MUST_CHECK Err writer_run(Writer *writer, Ctx *ctx, DbFn fn, void *arg);
/* db_on_commit(). NULL ends it; no call is running any more when this returns. Not from within fn. */
void writer_on_commit(Writer *writer, void (*fn)(void *arg, unsigned marks), void *arg);
/* The last commit failed, and whether the disk has space again is unknown. */
ANY_THREAD bool writer_is_failing(Writer *writer);
