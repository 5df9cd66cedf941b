/* Live clients per user on all loops of this process. Leaving takes effect after a grace period, so that a reconnect is
 * not visible. Any thread; one short lock. */
#pragma once
#include <pthread.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/id.h"

typedef struct PresenceSlot PresenceSlot;

typedef struct PresenceTable {
    pthread_mutex_t lock;
    /* lock */
    PresenceSlot *slots; /* open addressing: compact, one slot per online user */
    uint32_t count, cap;
} PresenceTable;

void presence_table_init(PresenceTable *presence);
void presence_table_done(PresenceTable *presence);

/* A client became live. True if the user was offline before: notify others. */
ANY_THREAD bool presence_table_enter(PresenceTable *presence, Id user);
/* A client is gone. True if it was the last: after the grace period, call presence_table_settle() with *out_visit. */
ANY_THREAD bool presence_table_leave(PresenceTable *presence, Id user, uint32_t *out_visit);
/* The grace period is over. True if the user has not returned since that visit and is now offline: notify others. */
ANY_THREAD bool presence_table_settle(PresenceTable *presence, Id user, uint32_t visit);
/* All users online or within the grace period, on the heap; returns their number. */
ANY_THREAD size_t presence_table_list(PresenceTable *presence, Id **out_users);
/* Online, or within the grace period. */
ANY_THREAD bool presence_table_is_online(PresenceTable *presence, Id user);
