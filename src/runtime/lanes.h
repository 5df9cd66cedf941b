/* Bounds how much of the worker pool one caller may hold: a number of jobs at once. Further jobs wait in their caller's
 * lane, in order of arrival, and hold no thread. */
#pragma once
#include "base/str.h"
#include "runtime/worker.h"

typedef struct Lanes Lanes;

#define LANE_KEY_MAX 32 /* bytes */

/* Owned by the caller, and must live from lanes_enter() to lanes_leave(). */
typedef struct LaneJob {
    void (*fn)(void *arg); /* called on a worker if the job had to wait; it has entered the lane then */
    void *arg;
    struct LaneJob *next; /* private */
    struct Lane *lane;    /* private */
} LaneJob;

typedef enum LaneEntry {
    LANE_ENTERED, /* run now, then call lanes_leave() */
    LANE_WAITS,   /* fn(arg) will run on a worker, and must end with lanes_leave() */
    LANE_FULL,    /* too many already wait; nothing happened */
} LaneEntry;

/* at_once: running jobs per caller, at least 1; waiting_max: waiting jobs per caller. The pool is borrowed. */
Lanes *lanes_new(WorkerPool *workers, unsigned at_once, unsigned waiting_max);
/* No job may be running or waiting. Accepts NULL. */
void lanes_free(Lanes *lanes);

/* key: the caller, at most LANE_KEY_MAX bytes. */
ANY_THREAD MUST_CHECK LaneEntry lanes_enter(Lanes *lanes, Str key, LaneJob *job);
/* Starts the next waiting job. On a worker, or on a loop as long as the pool is not being freed. */
ANY_THREAD void lanes_leave(Lanes *lanes, LaneJob *job);
