/* Telling the other gateways who is online here, and hearing from them: what keeps Gateways true. Only where there are other
 * gateways. Publishing happens on workers; at most one tick is under way. */
#pragma once
#include <stdatomic.h>

#include "api_types.h"
#include "realtime/presence/gateways.h"
#include "realtime/upstream/edge.h"

#define ANNOUNCE_BATCH     500  /* users in one message */
#define ANNOUNCE_HURRY     5000 /* users a second, when somebody asks */
#define ANNOUNCE_FAREWELLS 200  /* users of gateways that died, told offline in a second */
#define ANNOUNCE_DEAF_MS   5000 /* without hearing itself: pubsub is away, and silence says nothing about others */

typedef struct Announcer {
    /* fixed after open */
    Gateways *gateways; /* NULL: there are no others */
    Id self;
    /* atomic */
    atomic_bool is_ticking, was_asked;
    atomic_bool has_asked;    /* the others have been asked whom they have, and nothing was missed since */
    _Atomic int64_t heard_ms; /* itself; monotonic; 0: never */
    /* of the tick under way */
    Id *round; /* who was online when the round began */
    size_t n_round, at_round;
    bool is_hurried, was_deaf;
} Announcer;

void announcer_init(Announcer *announcer, bool has_peers);
void announcer_done(Announcer *announcer);

/* A user came online here or went offline. at_ms: when, since the epoch. Whether people are told of it depends on the others. */
ANY_THREAD void announce_change(Realtime *realtime, Id user, bool is_online, int64_t at_ms);
/* Somebody has announced. On a thread of pubsub. */
ANY_THREAD void announce_heard(Realtime *realtime, const Envelope *event);
/* What others have announced may have been missed, and what was announced here: everybody tells everything again. */
ANY_THREAD void announce_again(Realtime *realtime);
/* Once a second. */
ON_LOOP void announce_tick(Realtime *realtime);
/* The last word, when nobody is here any more. On the main thread. */
void announce_leave(Realtime *realtime);
