/* Who is online in this process: how many live clients each user has on all loops together. Leaving takes effect after a
 * grace, so that a reconnect does not flicker. Any thread; one short lock. */
#pragma once
#include <pthread.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/id.h"

typedef struct PresenceSlot PresenceSlot;

typedef struct PresenceTable {
    pthread_mutex_t lock;
    /* lock */
    PresenceSlot *slots; /* open addressing: compact, a slot per user online */
    uint32_t count, cap;
} PresenceTable;

void presence_table_init(PresenceTable *presence);
void presence_table_done(PresenceTable *presence);

/* A client went live. True when the user was offline before: tell others. */
ANY_THREAD bool presence_table_enter(PresenceTable *presence, Id user);
/* A client is gone. True when it was the last: after the grace, call presence_table_settle() with *out_visit. */
ANY_THREAD bool presence_table_leave(PresenceTable *presence, Id user, uint32_t *out_visit);
/* The grace is over. True when the user has not come back since that visit ended and is offline now: tell others. */
ANY_THREAD bool presence_table_settle(PresenceTable *presence, Id user, uint32_t visit);
/* All who are online or within the grace, on the heap; returns how many. */
ANY_THREAD size_t presence_table_list(PresenceTable *presence, Id **out_users);
/* Online, or within the grace. */
ANY_THREAD bool presence_table_is_online(PresenceTable *presence, Id user);
