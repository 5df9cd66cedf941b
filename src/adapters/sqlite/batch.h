/* Group commit: writes that wait together reach the disk with one commit. On the writer thread. */
#pragma once
#include <stdatomic.h>

#include "adapters/sqlite/conn.h"
#include "base/metrics.h"

typedef enum WriteState { WRITE_QUEUED, WRITE_BEGUN, WRITE_DONE } WriteState;

/* One call of db_write(), on the stack of its caller, who waits. */
typedef struct Write {
    struct Write *next;
    DbFn fn;
    void *arg;
    Ctx *ctx; /* owned by the writer from WRITE_BEGUN to WRITE_DONE */
    Err err;
    _Atomic uint32_t state; /* WriteState; to and from WRITE_QUEUED with the writer's lock. Its caller sleeps on it. */
} Write;

typedef struct BatchMetrics {
    Metric *commits, *commit_writes, *commit_seconds;
} BatchMetrics;

/* Runs the list of n writes and sets each one's err. A failing write is undone alone. OK only for writes that a commit
 * has brought to disk. Returns true if there was such a commit; one that changed nothing does not count. */
bool batch_run(SqliteConn *conn, Write *first, unsigned n, const BatchMetrics *metrics);
