/* An event loop on a thread of its own, and the only way into it from outside: loop_post(). */
#pragma once
#include <stdbool.h>
#include <uv.h>

#include "runtime/thread.h"

typedef struct Loop Loop;

struct Loop {
    uv_loop_t uv; /* for net/: handles are made on the loop's own thread */
    int index;    /* 0 .. loops - 1 */
};

/* Makes loop number `index` and starts its thread. Aborts when the system refuses. */
Loop *loop_start(int index);

/* Runs fn(loop, arg) on the loop's thread; posts of one thread keep their order. Wakes the loop once for many posts.
 * Must not be called after loop_stop() began. */
ANY_THREAD void loop_post(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg);

/* Runs fn(loop, arg) on the loop's thread and returns when it has run. For start and stop; never from a loop thread. */
ON_WORKER void loop_run(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg);

/* fn(loop, arg) runs once on the loop after all posts that were waiting have run, and before the loop polls again:
 * the place to write what the posts have queued. Registered once per subsystem, at start, on the loop. */
ON_LOOP void loop_on_drained(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg);

/* The loop that runs on the calling thread, or NULL. */
ANY_THREAD Loop *loop_current(void);

/* Stops the loop after the posts made before, closes what is still open on it without a callback, joins the thread
 * and frees the loop. Not on a loop thread. */
void loop_stop(Loop *loop);
