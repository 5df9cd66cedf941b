/* Wakes one thread that waits for a descriptor of a foreign library, and tells it to stop. The work that it is woken for stands
 * under a lock of the owner's: put there before wakeup_wake(), looked for after wakeup_wait(). */
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
/* When the thread has ended. */
void wakeup_done(Wakeup *self);

/* Many before the next wait are one. */
ANY_THREAD void wakeup_wake(Wakeup *self);
/* From now on wakeup_is_stopping(), and the thread wakes. */
ANY_THREAD void wakeup_stop(Wakeup *self);
ANY_THREAD bool wakeup_is_stopping(Wakeup *self);

/* For the one thread. Waits at most within_ms until it is woken (WAKEUP_WOKEN) or `fd` can be read or is broken (WAKEUP_READY);
 * returns which of them, may return none early. */
ON_WORKER int wakeup_wait(Wakeup *self, int fd, int64_t within_ms);
/* For the one thread. Waits for that long, whoever wakes it, or until it is to stop. */
ON_WORKER void wakeup_pause(Wakeup *self, int64_t for_ms);
