/* Threads with a name and a role. Debug builds check the role where a callback enters. */
#pragma once
#include <assert.h>
#include <pthread.h>

#include "base/attr.h"
#include "base/err.h"

typedef enum ThreadRole {
    THREAD_ANY,    /* not ours: main before startup, or a library's */
    THREAD_LOOP,   /* runs an event loop, never blocks */
    THREAD_WORKER, /* may block: workers, writers, relays */
} ThreadRole;

/* Starts a joinable thread with a 256 KiB stack (1 MiB under a sanitizer) and all signals blocked.
 * name: at most 15 characters, shown by ps and gdb. Aborts when the system has no thread left. */
pthread_t thread_start(const char *name, ThreadRole role, void (*fn)(void *arg), void *arg);
ThreadRole thread_role(void);
/* For main() and tests, which start as THREAD_ANY. */
void thread_role_set(ThreadRole role);

/* For the beginning of a callback: thread_role_assert(THREAD_LOOP). Gives clang's analysis the role; without NDEBUG it
 * aborts on a thread with another role. THREAD_ANY passes, so that main() and tests may call directly. */
#define thread_role_assert(want) thread_role_assert_##want()
#if defined(__clang__)
#define GIVES_ROLE(role) __attribute__((assert_capability(role)))
#else
#define GIVES_ROLE(role)
#endif
GIVES_ROLE(thread_is_loop) static inline void thread_role_assert_THREAD_LOOP(void)
{
    assert(thread_role() == THREAD_LOOP || thread_role() == THREAD_ANY);
}
GIVES_ROLE(thread_is_worker) static inline void thread_role_assert_THREAD_WORKER(void)
{
    assert(thread_role() == THREAD_WORKER || thread_role() == THREAD_ANY);
}
