/* A pool of threads that may block. It grows while jobs wait and no thread is idle, up to a limit, and never
 * shrinks. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "runtime/thread.h"

typedef struct WorkerPool WorkerPool;

/* threads_max: jobs that run at once; queue_max: jobs that wait. name: at most 11 characters. */
WorkerPool *worker_pool_new(const char *name, unsigned threads_max, unsigned queue_max);
/* Runs all queued jobs, then joins the threads. Accepts NULL. */
void worker_pool_free(WorkerPool *pool);

/* Runs fn(arg) on a worker thread. False, without any effect, when queue_max jobs already wait: the caller responds
 * with ERR_UNAVAILABLE. */
ANY_THREAD MUST_CHECK bool worker_submit(WorkerPool *pool, void (*fn)(void *arg), void *arg);
/* Continues a job that was accepted before and has waited elsewhere, so it is never refused. Not once
 * worker_pool_free() has begun, except on a worker of the pool. */
ANY_THREAD void worker_continue(WorkerPool *pool, void (*fn)(void *arg), void *arg);
/* Jobs waiting now; for metrics. */
ANY_THREAD size_t worker_queue_depth(WorkerPool *pool);
