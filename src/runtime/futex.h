/* Sleeping on one word (futex(2), Linux), for a thread that waits for one result and needs no lock to read it. Store
 * the word with release order, then wake; waiters load it with acquire order. */
#pragma once
#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sleeps while *word equals `value`, until woken or until until_ms on clock_monotonic_ms(), 0: for ever. May return
 * spuriously, so callers loop. False once that time has come. */
static inline bool futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t until_ms)
{
    struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
    long rc = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, until_ms ? &until : NULL, NULL,
                      FUTEX_BITSET_MATCH_ANY);
    return rc == 0 || errno != ETIMEDOUT;
}

/* Wakes one waiter. The word may be gone by now, with the waiter's stack; then this wakes nobody, because the kernel
 * never reads it. */
static inline void futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
