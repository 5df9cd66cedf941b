/* Time. */
#include "runtime/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t shift;

int64_t clock_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + atomic_load_explicit(&shift, memory_order_relaxed);
}

int64_t clock_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

void clock_shift_ms(int64_t shift_ms)
{
    atomic_fetch_add(&shift, shift_ms);
}
