/* Deadlines of many clients without a timer for each: a wheel of seconds (Varghese and Lauck, "Hashed and Hierarchical
 * Timing Wheels", 1987). An entry is in the slot of its second; those more than a turn ahead are re-armed on the way.
 * One thread. */
#pragma once
#include <stdint.h>

#define WHEEL_SLOTS 64 /* seconds per turn */

typedef struct WheelEntry {
    struct WheelEntry *next, **link; /* link: the pointer to this entry; NULL if not armed */
} WheelEntry;

typedef struct Wheel {
    WheelEntry *slots[WHEEL_SLOTS];
    uint32_t now_s; /* processed up to and including this second */
} Wheel;

/* Arms or moves an entry. Past times mean the next second; times over a turn ahead mean the end of the turn. */
void wheel_arm(Wheel *wheel, WheelEntry *entry, uint32_t due_s);
/* Accepts one that is not armed. */
void wheel_disarm(WheelEntry *entry);
/* Disarms and returns one due entry, or NULL. */
WheelEntry *wheel_take_due(Wheel *wheel, uint32_t now_s);
/* Any armed entry, or NULL; for removing all of them. */
WheelEntry *wheel_first(const Wheel *wheel);
