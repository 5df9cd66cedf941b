/* Deadlines of many clients without a timer each: a wheel of seconds (Varghese and Lauck, "Hashed and Hierarchical Timing
 * Wheels", 1987). An entry stands in the slot of its second; farther ones are re-armed on the way. One thread. */
#pragma once
#include <stdint.h>

#define WHEEL_SLOTS 64 /* seconds that one turn takes */

typedef struct WheelEntry {
    struct WheelEntry *next, **link; /* link: what points to this entry; NULL when not armed */
} WheelEntry;

typedef struct Wheel {
    WheelEntry *slots[WHEEL_SLOTS];
    uint32_t now_s; /* seconds up to and including this one have been taken */
} Wheel;

/* Arms or moves an entry. In the past: the next second. Over a turn ahead: as late as a turn goes. */
void wheel_arm(Wheel *wheel, WheelEntry *entry, uint32_t due_s);
/* Accepts one that is not armed. */
void wheel_disarm(WheelEntry *entry);
/* Disarms and returns one entry whose second has come, NULL when none is left. */
WheelEntry *wheel_take_due(Wheel *wheel, uint32_t now_s);
/* Any armed entry, NULL when there is none; for taking all of them. */
WheelEntry *wheel_first(const Wheel *wheel);
