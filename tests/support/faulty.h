/* Drivers that wrap a working one and fail one call: the 1st, the 2nd, ... This exercises every error path of their
 * users:
 *
 *     Faults faults = { .err = ERR_UNAVAILABLE };
 *     for_each_fault(&faults) {
 *         ... open, with faulty drivers over `faults`; run; check that what was promised holds ...
 *     }
 *
 * In the last round nothing fails any more. A wrapper owns what it wraps. Any thread. */
#pragma once
#include <stdatomic.h>

#include "ports/bus.h"
#include "ports/cache.h"
#include "ports/db.h"
#include "ports/pubsub.h"

typedef struct Faults {
    Err err; /* what the failing call returns */
    /* private, zero at first */
    int at;
    atomic_int calls_left;
    atomic_bool hit;
} Faults;

#define for_each_fault(faults) while (faults_next(faults))

/* Begins the next round; false after a round in which no call failed. */
bool faults_next(Faults *faults);
/* Counts a call; true for the one that must fail. */
bool faults_hit(Faults *faults);

/* A failing get is a miss with a worthless lease, a failing put is dropped: both are permitted. */
Cache *faulty_cache_new(Cache *inner, Faults *faults);
/* A failing publish delivers nothing. */
Pubsub *faulty_pubsub_new(Pubsub *inner, Faults *faults);
/* A publish may fail before delivery, or after it, as when a broker's response is lost. */
Bus *faulty_bus_new(Bus *inner, Faults *faults);
/* Reads and writes may fail before they begin, at every statement, at every row, and at the commit. */
Db *faulty_db_new(Db *inner, Faults *faults);
