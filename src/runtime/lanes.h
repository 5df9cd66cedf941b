/* How much of the pool of workers one caller may hold: so many of their jobs at once. The others wait in their caller's lane, in
 * the order in which they came, and hold no thread. */
#pragma once
#include "base/str.h"
#include "runtime/worker.h"

typedef struct Lanes Lanes;

#define LANE_KEY_MAX 32 /* bytes */

/* The caller's memory, from lanes_enter() to lanes_leave(). */
typedef struct LaneJob {
    void (*fn)(void *arg); /* called on a worker when the job had to wait: it is inside then */
    void *arg;
    struct LaneJob *next; /* private */
    struct Lane *lane;    /* private */
} LaneJob;

typedef enum LaneEntry {
    LANE_ENTERED, /* go on; lanes_leave() ends it */
    LANE_WAITS,   /* fn(arg) follows on a worker, and lanes_leave() ends that */
    LANE_FULL,    /* too many wait already; nothing happened */
} LaneEntry;

/* at_once: jobs of one caller that run, at least 1; waiting_max: those that wait behind them. The pool is borrowed. */
Lanes *lanes_new(WorkerPool *workers, unsigned at_once, unsigned waiting_max);
/* When nobody is inside. Accepts NULL. */
void lanes_free(Lanes *lanes);

/* key: whose lane; at most LANE_KEY_MAX bytes. */
ANY_THREAD MUST_CHECK LaneEntry lanes_enter(Lanes *lanes, Str key, LaneJob *job);
/* Lets the next one in. On a worker, or on a loop while the pool is not being freed. */
ANY_THREAD void lanes_leave(Lanes *lanes, LaneJob *job);
