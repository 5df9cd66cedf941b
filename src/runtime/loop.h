/* An event loop on its own thread. loop_post() is the only way in from other threads. */
#pragma once
#include <stdbool.h>
#include <uv.h>

#include "runtime/thread.h"

typedef struct Loop Loop;

struct Loop {
    uv_loop_t uv; /* for net/: create handles on the loop's own thread */
    int index;    /* 0 .. loops - 1 */
};

/* Creates loop number `index` and starts its thread. Aborts if the system refuses. */
Loop *loop_start(int index);

/* Runs fn(loop, arg) on the loop's thread; posts of one thread keep their order. Many posts cause one wake-up. Must not
 * be called once loop_stop() has begun. */
ANY_THREAD void loop_post(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg);

/* Runs fn(loop, arg) on the loop's thread and returns when it has finished. For startup and shutdown; never from a loop
 * thread. */
ON_WORKER void loop_run(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg);

/* fn(loop, arg) runs on the loop each time all waiting posts have run, before the loop polls again: the place to write
 * what the posts have queued. Register once per subsystem, at startup, on the loop. */
ON_LOOP void loop_on_drained(Loop *loop, void (*fn)(Loop *loop, void *arg), void *arg);

/* The loop that runs on the calling thread, or NULL. */
ANY_THREAD Loop *loop_current(void);

/* Stops the loop after all earlier posts, closes remaining handles without a callback, joins the thread and frees the
 * loop. Not on a loop thread. */
void loop_stop(Loop *loop);
