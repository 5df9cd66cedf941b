/* Condition variables with timeouts on the monotonic clock, so that a step of the wall clock wakes nobody. */
#pragma once
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

static inline void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

/* One wait with the lock held; may wake spuriously, so callers loop. The condition must come from cond_init().
 * until_ms: on clock_monotonic_ms(); 0 waits for ever. False once that time has come. */
static inline bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
    if (until_ms == 0) {
        pthread_cond_wait(cond, lock);
        return true;
    }
    struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
    return pthread_cond_timedwait(cond, lock, &until) != ETIMEDOUT;
}
