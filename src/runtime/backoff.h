/* Delay before a retry: exponential with full jitter, so that clients which failed together do not retry together
 * (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015). Not shared between threads. */
#pragma once
#include <stdint.h>

typedef struct Backoff {
    /* fixed by the owner */
    uint32_t base_ms, max_ms;
    /* private, zero at first */
    unsigned failures;
} Backoff;

/* Counts a failure; the delay is uniform in 1 .. min(max_ms, base_ms * 2^(failures - 1)). */
uint32_t backoff_next_ms(Backoff *backoff);
/* After a success. */
static inline void backoff_reset(Backoff *backoff)
{
    backoff->failures = 0;
}
