/* Wakes a thread that waits on a foreign library's descriptor, and tells it to stop. The work is kept under a lock of
 * the owner's: add it before wakeup_wake(), look for it after wakeup_wait(). */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

typedef struct Wakeup {
    int fd; /* fixed */
    /* atomic */
    atomic_bool is_woken, is_stopping;
} Wakeup;

enum { WAKEUP_WOKEN = 1, WAKEUP_READY = 2 };

void wakeup_init(Wakeup *self);
/* Once the thread has ended. */
void wakeup_done(Wakeup *self);

/* Several before the next wait count as one. */
ANY_THREAD void wakeup_wake(Wakeup *self);
/* Makes wakeup_is_stopping() true and wakes the thread. */
ANY_THREAD void wakeup_stop(Wakeup *self);
ANY_THREAD bool wakeup_is_stopping(Wakeup *self);

/* For the one thread. Waits up to within_ms until it is woken (WAKEUP_WOKEN) or `fd` is readable or broken
 * (WAKEUP_READY); returns the bits that apply, and may return 0 early. */
ON_WORKER int wakeup_wait(Wakeup *self, int fd, int64_t within_ms);
/* For the one thread. Waits that long regardless of wake-ups, or until it has to stop. */
ON_WORKER void wakeup_pause(Wakeup *self, int64_t for_ms);
