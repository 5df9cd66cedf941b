/* What a hub is to do about an event: whom to tell what, and whose membership changes. Made from a published envelope on
 * the publisher's thread, once; then posted to each loop that may have somebody, with a frame of its own. */
#pragma once
#include "realtime/hub/hub.h"

typedef enum FanoutAct {
    ACT_NONE,
    ACT_JOIN,     /* users come to the conversation */
    ACT_LEAVE,    /* users are not in the conversation any more */
    ACT_DISSOLVE, /* the conversation is gone */
    ACT_REVOKE,   /* a session is revoked; users has its owner, or nobody when unknown */
} FanoutAct;

typedef enum FanoutTo {
    TO_NOBODY,
    TO_USERS,         /* users */
    TO_CONVERSATION,  /* its members but `except` */
    TO_CONVERSATIONS, /* each member of any of them once, but `except` */
} FanoutTo;

typedef struct Fanout {
    Hub *hub; /* where it goes */
    FanoutAct act;
    FanoutTo to;
    News news;
    Id conversation, except, auth_session;
    int64_t at_ms;        /* of the commit, since the epoch */
    uint32_t members_max; /* TO_CONVERSATION: only when at most this many are here; 0: always */
    Frame *frame;         /* one reference; NULL: nothing to tell */
    const Id *users, *conversations;
    size_t n_users, n_conversations;
} Fanout;

/* False for what concerns no client. Its lists live in the arena, its frame is the caller's. */
bool fanout_read(Arena *arena, Str topic, Str envelope, Fanout *out_letter);
/* Whether the loop that this filter is of may have somebody. Any thread. */
bool fanout_concerns(const Fanout *fanout, const SubscriptionFilter *filter);
/* A copy on the heap, for another thread. */
Fanout *fanout_copy(const Fanout *fanout);
void fanout_free(Fanout *fanout);
/* Does what it says, on the hub's loop. hub_flush() is left to the caller. wall_ms: since the epoch. */
ON_LOOP void fanout_deliver(Hub *hub, const Fanout *fanout, int64_t wall_ms);
