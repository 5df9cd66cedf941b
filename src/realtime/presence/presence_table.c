/* Linear probing with backward-shift deletion, at most 3/4 full. Our ids end in random bits, so their tail serves as
 * the hash. */
#include "realtime/presence/presence_table.h"

#include <stdlib.h>

struct PresenceSlot {
    Id user; /* ID_NONE: empty */
    uint32_t sessions;
    uint32_t visit; /* incremented when the last client leaves */
};

#define CAP_MIN 16

void presence_table_init(PresenceTable *presence)
{
    *presence = (PresenceTable){ 0 };
    pthread_mutex_init(&presence->lock, NULL);
}

void presence_table_done(PresenceTable *presence)
{
    pthread_mutex_destroy(&presence->lock);
    free(presence->slots);
}

static uint32_t home_of(const PresenceTable *presence, Id user)
{
    uint64_t tail;
    memcpy(&tail, user.bytes + 8, sizeof tail);
    return (uint32_t)((tail * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (presence->cap - 1);
}

/* The user's slot, or the empty one where it belongs. */
static PresenceSlot *probe(const PresenceTable *presence, Id user)
{
    for (uint32_t at = home_of(presence, user);; at = (at + 1) & (presence->cap - 1)) {
        PresenceSlot *slot = &presence->slots[at];
        if (id_is_none(slot->user) || id_eq(slot->user, user)) return slot;
    }
}

static PresenceSlot *find(const PresenceTable *presence, Id user)
{
    if (!presence->count) return NULL;
    PresenceSlot *slot = probe(presence, user);
    return id_is_none(slot->user) ? NULL : slot;
}

static void resize(PresenceTable *presence, uint32_t cap)
{
    PresenceSlot *old = presence->slots;
    uint32_t old_cap = presence->cap;
    presence->slots = calloc(cap, sizeof *presence->slots);
    if (!presence->slots) abort();
    presence->cap = cap;
    for (uint32_t at = 0; at < old_cap; at++) {
        if (!id_is_none(old[at].user)) *probe(presence, old[at].user) = old[at];
    }
    free(old);
}

static void erase(PresenceTable *presence, PresenceSlot *slot)
{
    uint32_t mask = presence->cap - 1, hole = (uint32_t)(slot - presence->slots);
    for (uint32_t at = (hole + 1) & mask; !id_is_none(presence->slots[at].user); at = (at + 1) & mask) {
        uint32_t home = home_of(presence, presence->slots[at].user);
        if (((at - home) & mask) < ((at - hole) & mask)) continue; /* must not move before its home */
        presence->slots[hole] = presence->slots[at];
        hole = at;
    }
    presence->slots[hole] = (PresenceSlot){ 0 };
    presence->count--;
    if (presence->cap > CAP_MIN && presence->count < presence->cap / 8) resize(presence, presence->cap / 2);
}

bool presence_table_enter(PresenceTable *presence, Id user)
{
    pthread_mutex_lock(&presence->lock);
    if ((presence->count + 1) * 4 > presence->cap * 3) resize(presence, presence->cap ? presence->cap * 2 : CAP_MIN);
    PresenceSlot *slot = probe(presence, user);
    bool is_new = id_is_none(slot->user);
    if (is_new) {
        *slot = (PresenceSlot){ .user = user };
        presence->count++;
    }
    slot->sessions++;
    pthread_mutex_unlock(&presence->lock);
    return is_new;
}

bool presence_table_leave(PresenceTable *presence, Id user, uint32_t *out_visit)
{
    pthread_mutex_lock(&presence->lock);
    PresenceSlot *slot = find(presence, user);
    bool was_last = slot && slot->sessions > 0 && --slot->sessions == 0;
    if (was_last) *out_visit = ++slot->visit;
    pthread_mutex_unlock(&presence->lock);
    return was_last;
}

bool presence_table_settle(PresenceTable *presence, Id user, uint32_t visit)
{
    pthread_mutex_lock(&presence->lock);
    PresenceSlot *slot = find(presence, user);
    bool is_gone = slot && slot->sessions == 0 && slot->visit == visit;
    if (is_gone) erase(presence, slot);
    pthread_mutex_unlock(&presence->lock);
    return is_gone;
}

bool presence_table_is_online(PresenceTable *presence, Id user)
{
    pthread_mutex_lock(&presence->lock);
    bool is_online = find(presence, user) != NULL;
    pthread_mutex_unlock(&presence->lock);
    return is_online;
}

size_t presence_table_list(PresenceTable *presence, Id **out_users)
{
    size_t n = 0;
    pthread_mutex_lock(&presence->lock);
    Id *users = malloc((presence->count + 1) * sizeof *users);
    if (!users) abort();
    for (uint32_t at = 0; at < presence->cap; at++)
        if (!id_is_none(presence->slots[at].user)) users[n++] = presence->slots[at].user;
    pthread_mutex_unlock(&presence->lock);
    *out_users = users;
    return n;
}
