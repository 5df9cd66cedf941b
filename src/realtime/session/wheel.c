/* A timing wheel, see wheel.h. */
#include "realtime/session/wheel.h"

#include <stddef.h>

void wheel_disarm(WheelEntry *entry)
{
    if (!entry->link) return;
    *entry->link = entry->next;
    if (entry->next) entry->next->link = entry->link;
    *entry = (WheelEntry){ 0 };
}

void wheel_arm(Wheel *wheel, WheelEntry *entry, uint32_t due_s)
{
    uint32_t ahead = due_s > wheel->now_s ? due_s - wheel->now_s : 1;
    if (ahead > WHEEL_SLOTS - 1) ahead = WHEEL_SLOTS - 1;
    wheel_disarm(entry);

    WheelEntry **slot = &wheel->slots[(wheel->now_s + ahead) % WHEEL_SLOTS];
    entry->next = *slot;
    entry->link = slot;
    if (entry->next) entry->next->link = &entry->next;
    *slot = entry;
}

WheelEntry *wheel_take_due(Wheel *wheel, uint32_t now_s)
{
    for (;;) {
        WheelEntry *entry = wheel->slots[wheel->now_s % WHEEL_SLOTS];
        if (entry) {
            wheel_disarm(entry);
            return entry;
        }
        if (wheel->now_s >= now_s) return NULL;
        wheel->now_s++;
    }
}

WheelEntry *wheel_first(const Wheel *wheel)
{
    for (int slot = 0; slot < WHEEL_SLOTS; slot++) {
        if (wheel->slots[slot]) return wheel->slots[slot];
    }
    return NULL;
}
