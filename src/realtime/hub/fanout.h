/* A hub's actions for one event: the recipients, the frame, and changes of membership. Built once from a published
 * envelope, on the publisher's thread; then posted to each loop that may have a recipient, with a frame of its own. */
#pragma once
#include "realtime/hub/hub.h"

typedef enum FanoutAct {
    ACT_NONE,
    ACT_JOIN,     /* users join the conversation */
    ACT_LEAVE,    /* users leave the conversation */
    ACT_DISSOLVE, /* the conversation is deleted */
    ACT_REVOKE,   /* a session is revoked; users holds its owner, or is empty if unknown */
} FanoutAct;

typedef enum FanoutTo {
    TO_NOBODY,
    TO_USERS,         /* users */
    TO_CONVERSATION,  /* its members except `except` */
    TO_CONVERSATIONS, /* each member of any of them once, except `except` */
} FanoutTo;

typedef struct Fanout {
    Hub *hub; /* destination */
    FanoutAct act;
    FanoutTo to;
    News news;
    Id conversation, except, auth_session;
    int64_t at_ms;        /* of the commit, since the epoch */
    uint32_t members_max; /* TO_CONVERSATION: only if at most this many members are here; 0: always */
    Frame *frame;         /* one reference; NULL: nothing to send */
    const Id *users, *conversations;
    size_t n_users, n_conversations;
} Fanout;

/* False for an event that concerns no client. Its lists live in the arena, its frame is the caller's. */
bool fanout_read(Arena *arena, Str topic, Str envelope, Fanout *out_letter);
/* Whether the filter's loop may have a recipient. Any thread. */
bool fanout_concerns(const Fanout *fanout, const SubscriptionFilter *filter);
/* A copy on the heap, for another thread. */
Fanout *fanout_copy(const Fanout *fanout);
void fanout_free(Fanout *fanout);
/* Executes it, on the hub's loop. The caller calls hub_flush(). wall_ms: since the epoch. */
ON_LOOP void fanout_deliver(Hub *hub, const Fanout *fanout, int64_t wall_ms);
