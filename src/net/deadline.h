/* Deadlines of many connections on one uv_timer. Each kind of wait has one fixed length, so a queue per kind stays
 * sorted by itself: the latest set is due last. Setting and clearing cost a few pointer writes. Everything runs on the
 * loop. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"

typedef struct Deadline {
    struct Deadline *prev, *next; /* NULL: not set */
    uint64_t due_ms;              /* on the loop's clock, uv_now() */
} Deadline;

#define DEADLINE_KINDS 6

typedef struct Deadlines {
    uv_timer_t timer;
    uint64_t armed_ms; /* when the timer fires; meaningful while it is active */
    uint32_t after_ms[DEADLINE_KINDS];
    Deadline queues[DEADLINE_KINDS]; /* ring heads; the next one is due first */
    void (*on_due)(Deadline *deadline);
} Deadlines;

/* on_due is called once for each deadline, already cleared, when its time has come. */
ON_LOOP void deadlines_init(Deadlines *deadlines, uv_loop_t *uv, const uint32_t after_ms[DEADLINE_KINDS],
                            void (*on_due)(Deadline *deadline));
/* Sets or moves a deadline: it is due after_ms[kind] from now. */
ON_LOOP void deadline_set(Deadlines *deadlines, Deadline *deadline, unsigned kind);
/* Accepts one that is not set. */
ON_LOOP void deadline_clear(Deadline *deadline);
