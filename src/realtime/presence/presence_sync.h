/* Announces this gateway's online users to the others and receives theirs, to keep Peers current. Only if there are
 * other gateways. Workers publish; at most one tick is in flight. */
#pragma once
#include <stdatomic.h>

#include "api_types.h"
#include "realtime/presence/peers.h"
#include "realtime/upstream/edge.h"

#define PRESENCE_SYNC_BATCH      500  /* users in one message */
#define PRESENCE_SYNC_HURRY      5000 /* users a second, after a request */
#define PRESENCE_EXPIRED_AT_ONCE 200  /* users of dead gateways published as offline per second */
#define PRESENCE_SILENT_MS       5000 /* not receiving itself: pubsub is down, and silence means nothing */

typedef struct PresenceSync {
    /* fixed after open */
    Peers *peers; /* NULL: there are no others */
    Id self;
    /* atomic */
    atomic_bool is_ticking, was_asked;
    atomic_bool has_asked;    /* the others were asked for their users, and nothing was missed since */
    _Atomic int64_t heard_ms; /* last message from itself; monotonic; 0: never */
    /* of the tick in flight */
    Id *round; /* online when the round began */
    size_t n_round, at_round;
    bool is_hurried, was_silent;
} PresenceSync;

void presence_sync_init(PresenceSync *sync, bool has_peers);
void presence_sync_done(PresenceSync *sync);

/* A user came online here or went offline. at_ms: since the epoch. Whether people are notified depends on the
 * others. */
ANY_THREAD void presence_sync_change(Realtime *realtime, Id user, bool is_online, int64_t at_ms);
/* Handles an announcement. On a pubsub thread. */
ANY_THREAD void presence_sync_receive(Realtime *realtime, const Envelope *event);
/* Announcements in both directions may have been missed: all gateways announce everything again. */
ANY_THREAD void presence_sync_again(Realtime *realtime);
/* Once a second. */
ON_LOOP void presence_sync_tick(Realtime *realtime);
/* Announces the end of this gateway, once all its users are gone. On the main thread. */
ON_WORKER void presence_sync_leave(Realtime *realtime);
