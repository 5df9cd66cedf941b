/* The pool of threads that may block. It grows while jobs wait and nobody is idle, up to a limit; grown threads stay. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "runtime/thread.h"

typedef struct WorkerPool WorkerPool;

/* threads_max: how many jobs may run at once; queue_max: how many may wait. name: at most 11 characters. */
WorkerPool *worker_pool_new(const char *name, unsigned threads_max, unsigned queue_max);
/* Runs what is queued, joins the threads. Accepts NULL. */
void worker_pool_free(WorkerPool *pool);

/* Runs fn(arg) on a worker thread. False, and nothing happens, when queue_max jobs wait already: the caller answers
 * ERR_UNAVAILABLE. */
ANY_THREAD MUST_CHECK bool worker_submit(WorkerPool *pool, void (*fn)(void *arg), void *arg);
/* The same for a job that stands for one which was accepted before and has waited elsewhere: it is never refused. Not once
 * worker_pool_free() has begun, except on a worker of the pool. */
ANY_THREAD void worker_continue(WorkerPool *pool, void (*fn)(void *arg), void *arg);
/* Jobs waiting now; for metrics. */
ANY_THREAD size_t worker_queue_depth(WorkerPool *pool);
