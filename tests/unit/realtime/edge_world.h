/* A whole client edge: loops, HTTP listeners, worker pool, dispatch, memory pubsub; the services behind it are doubles. */
#pragma once
#include <semaphore.h>
#include <stdatomic.h>

#include "api_types.h"
#include "net/jwt.h"
#include "realtime/realtime.h"
#include "support/test.h"
#include "ws_peer.h"

#define WORLD_LOOPS 2
#define WORLD_TALKS 4 /* conversations; user n of 1 .. WORLD_USERS belongs to all of them */

typedef struct EdgeWorld {
    Loop *loops[WORLD_LOOPS];
    HttpServer *servers[WORLD_LOOPS];
    uint16_t port;
    WorkerPool *workers;
    CallerLimits limits; /* lanes: one caller may hold all workers but one */
    Identity *identity;
    Pubsub *pubsub;
    Rpc *rpc;
    Realtime *realtime;
    JwtKey *key;
    RpcClient group, message, notification;
    /* What the doubles answer: set by the test while workers read it. */
    _Atomic uint32_t head_rev;
    _Atomic Err heads_err;
    atomic_int pending; /* this user has accepted no conversation; the others have, and all are direct */
    /* Runs inside GetConversationHead and the last page of ListHeads, on a worker, before they answer. */
    void (*_Atomic during_heads)(struct EdgeWorld *world);
    /* Each page of this user's heads posts `held` and waits for `let_go`; 0: nobody's. */
    atomic_int held_user;
    sem_t held, let_go;
    atomic_int last_seen; /* users in calls of RecordLastSeen */
    /* Runs inside RecordLastSeen, on a worker; n: how many users it names. */
    void (*_Atomic during_last_seen)(size_t n);
    bool is_stopped;
} EdgeWorld;

/* config may be NULL. */
EdgeWorld *edge_world_new(const RealtimeConfig *config);
/* With one worker, so that what is submitted is done in that order. */
EdgeWorld *edge_world_new_orderly(void);
/* Closes the listeners and the edge. */
void edge_world_stop(EdgeWorld *world);
/* Stops what still runs. */
void edge_world_freep(EdgeWorld **world);

Id world_user(int n);
Id world_talk(int n);
/* Good for an hour; the session's number tells tokens of one user apart. In the arena. */
const char *world_token(EdgeWorld *world, Arena *arena, int user, int session);
Id world_session(int user, int session);

/* Connected and welcomed; *out_welcome may be NULL. resume: "\"resume\":{...}," or "". */
WsPeer *world_join(EdgeWorld *world, int user, const char *resume, json_t **out_welcome);
/* Publishes message.created with this rev. */
void world_publish(EdgeWorld *world, int talk, uint32_t rev);
void world_publish_envelope(EdgeWorld *world, Ctx *ctx, const char *topic, const Envelope *event);
