/* Time. Tests shift the wall clock by hand; production reads the system's. */
#pragma once
#include <stdint.h>

#include "base/attr.h"

/* Milliseconds since the epoch. */
ANY_THREAD int64_t clock_now_ms(void);
/* Milliseconds that never jump; for deadlines and intervals. */
ANY_THREAD int64_t clock_monotonic_ms(void);
/* Nanoseconds that never jump; for measuring. */
ANY_THREAD int64_t clock_monotonic_ns(void);
/* For tests: shifts clock_now_ms() by this much from now on. */
void clock_shift_ms(int64_t shift_ms);
