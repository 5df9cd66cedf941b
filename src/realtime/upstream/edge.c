/* Counts what is in flight, so that shutdown can wait for it. See edge.h. */
#include "realtime/upstream/edge.h"

#include <stdio.h>

static void signal_quiet(Realtime *realtime)
{
    pthread_mutex_lock(&realtime->lock);
    pthread_cond_broadcast(&realtime->quiet);
    pthread_mutex_unlock(&realtime->lock);
}

void edge_job_begin(Realtime *realtime)
{
    atomic_fetch_add(&realtime->jobs, 1);
}

void edge_job_done(Realtime *realtime)
{
    if (atomic_fetch_sub(&realtime->jobs, 1) == 1 && atomic_load(&realtime->is_closed)) signal_quiet(realtime);
}

bool edge_submit(Realtime *realtime, void (*fn)(void *arg), void *arg)
{
    edge_job_begin(realtime);
    if (worker_submit(realtime->workers, fn, arg)) return true;
    edge_job_done(realtime);
    return false;
}

void edge_socket_count(Realtime *realtime, int change)
{
    metric_add(&realtime_sessions, change);
    if (change > 0)
        atomic_fetch_add(&realtime->sockets, 1);
    else if (atomic_fetch_sub(&realtime->sockets, 1) == 1)
        signal_quiet(realtime);
}

void edge_epoch_set(Realtime *realtime, const char *epoch)
{
    pthread_mutex_lock(&realtime->lock);
    snprintf(realtime->epoch, sizeof realtime->epoch, "%s", epoch);
    pthread_mutex_unlock(&realtime->lock);
}

void edge_epoch_get(Realtime *realtime, char out_epoch[REALTIME_EPOCH_MAX])
{
    pthread_mutex_lock(&realtime->lock);
    memcpy(out_epoch, realtime->epoch, REALTIME_EPOCH_MAX);
    pthread_mutex_unlock(&realtime->lock);
}
