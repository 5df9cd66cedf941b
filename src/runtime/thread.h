/* Threads with a name and a role. Debug builds assert the role where a callback enters. */
#pragma once
#include <pthread.h>

#include "base/attr.h"
#include "base/err.h"

typedef enum ThreadRole {
    THREAD_ANY,    /* not ours: main before start, a library's */
    THREAD_LOOP,   /* runs an event loop, never blocks */
    THREAD_WORKER, /* may block: workers, writers, relays */
} ThreadRole;

/* Starts a joinable thread with a 256 KiB stack (1 MiB under a sanitizer) and all signals blocked.
 * name: at most 15 characters, shown by ps and gdb. Aborts when the system has no thread left. */
pthread_t thread_start(const char *name, ThreadRole role, void (*fn)(void *arg), void *arg);
ThreadRole thread_role(void);
/* For main() and tests, which start as THREAD_ANY. */
void thread_role_set(ThreadRole role);

#ifndef NDEBUG
#include <assert.h>
/* THREAD_ANY passes, so that tests may call directly. */
#define thread_role_assert(want) assert(thread_role() == (want) || thread_role() == THREAD_ANY)
#else
#define thread_role_assert(want) ((void)0)
#endif
