/* One queue, one lock, one condition. */
#include "runtime/worker.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Job {
    struct Job *next;
    void (*fn)(void *arg);
    void *arg;
} Job;

struct WorkerPool {
    char name[12];
    unsigned threads_max, queue_max;
    pthread_mutex_t lock;
    pthread_cond_t work;
    /* lock */
    Job *first, *last;
    unsigned queued, idle, n_threads;
    bool stopping;
    pthread_t threads[];
};

static Job *next_job(WorkerPool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->stopping) {
        pool->idle++;
        pthread_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
    }
    Job *job = pool->first;
    if (job) {
        pool->first = job->next;
        if (!pool->first) pool->last = NULL;
        pool->queued--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void worker_main(void *arg)
{
    WorkerPool *pool = arg;
    Job *job;
    while ((job = next_job(pool))) {
        job->fn(job->arg);
        free(job);
    }
}

WorkerPool *worker_pool_new(const char *name, unsigned threads_max, unsigned queue_max)
{
    WorkerPool *pool = calloc(1, sizeof *pool + threads_max * sizeof(pthread_t));
    if (!pool) abort();
    snprintf(pool->name, sizeof pool->name, "%s", name);
    pool->threads_max = threads_max;
    pool->queue_max = queue_max;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    return pool;
}

void worker_pool_free(WorkerPool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    unsigned n_threads = pool->n_threads;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < n_threads; i++) pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* With the lock held. */
static void grow(WorkerPool *pool)
{
    char name[16];
    snprintf(name, sizeof name, "%s-%u", pool->name, pool->n_threads % 1000);
    pool->threads[pool->n_threads++] = thread_start(name, THREAD_WORKER, worker_main, pool);
}

/* With the lock held. */
static void push(WorkerPool *pool, void (*fn)(void *arg), void *arg)
{
    Job *job = malloc(sizeof *job);
    if (!job) abort();
    *job = (Job){ .fn = fn, .arg = arg };
    if (pool->last)
        pool->last->next = job;
    else
        pool->first = job;
    pool->last = job;
    pool->queued++;
    if (pool->queued > pool->idle && pool->n_threads < pool->threads_max && !pool->stopping) grow(pool);
    pthread_cond_signal(&pool->work);
}

bool worker_submit(WorkerPool *pool, void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&pool->lock);
    bool fits = !pool->stopping && pool->queued < pool->queue_max;
    if (fits) push(pool, fn, arg);
    pthread_mutex_unlock(&pool->lock);
    return fits;
}

void worker_continue(WorkerPool *pool, void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&pool->lock);
    push(pool, fn, arg);
    pthread_mutex_unlock(&pool->lock);
}

size_t worker_queue_depth(WorkerPool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t depth = pool->queued;
    pthread_mutex_unlock(&pool->lock);
    return depth;
}
