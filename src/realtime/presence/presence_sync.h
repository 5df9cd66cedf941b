/* Telling the other gateways who is online here, and hearing from them: what keeps Peers true. Only where there are other
 * gateways. Publishing happens on workers; at most one tick is under way. */
#pragma once
#include <stdatomic.h>

#include "api_types.h"
#include "realtime/presence/peers.h"
#include "realtime/upstream/edge.h"

#define PRESENCE_SYNC_BATCH      500  /* users in one message */
#define PRESENCE_SYNC_HURRY      5000 /* users a second, when somebody asks */
#define PRESENCE_EXPIRED_AT_ONCE 200  /* users of gateways that died, told offline in a second */
#define PRESENCE_SILENT_MS       5000 /* without hearing itself: pubsub is away, and silence says nothing about others */

typedef struct PresenceSync {
    /* fixed after open */
    Peers *peers; /* NULL: there are no others */
    Id self;
    /* atomic */
    atomic_bool is_ticking, was_asked;
    atomic_bool has_asked;    /* the others have been asked whom they have, and nothing was missed since */
    _Atomic int64_t heard_ms; /* itself; monotonic; 0: never */
    /* of the tick under way */
    Id *round; /* who was online when the round began */
    size_t n_round, at_round;
    bool is_hurried, was_silent;
} PresenceSync;

void presence_sync_init(PresenceSync *sync, bool has_peers);
void presence_sync_done(PresenceSync *sync);

/* A user came online here or went offline. at_ms: when, since the epoch. Whether people are told of it depends on the others. */
ANY_THREAD void presence_sync_change(Realtime *realtime, Id user, bool is_online, int64_t at_ms);
/* Somebody has announced. On a thread of pubsub. */
ANY_THREAD void presence_sync_receive(Realtime *realtime, const Envelope *event);
/* What others have announced may have been missed, and what was announced here: everybody tells everything again. */
ANY_THREAD void presence_sync_again(Realtime *realtime);
/* Once a second. */
ON_LOOP void presence_sync_tick(Realtime *realtime);
/* The last word, when nobody is here any more. On the main thread. */
ON_WORKER void presence_sync_leave(Realtime *realtime);
