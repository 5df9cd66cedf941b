/* The hub of one loop: the users who are here, the conversations they belong to, and the delivery of frames to their
 * clients. Everything here runs on the loop's thread and belongs to it.
 *
 *   Conversation -> members here (users) -> their clients
 *
 * Subscriptions are a user's, not a client's: membership is. Delivery goes by what stands here at that moment. */
#pragma once
#include "base/map.h"
#include "ports/pubsub.h"
#include "realtime/hub/headcount.h"
#include "realtime/hub/interest.h"
#include "realtime/session/client.h"
#include "runtime/loop.h"

typedef struct Realtime Realtime;
typedef struct Hub Hub;
typedef struct Crowd Crowd;
typedef struct Farewell Farewell; /* realtime/online.c */

/* How far news of a membership can be trusted: group's own come in order, the user's feed tells the same again later. */
typedef enum News { NEWS_FIRST_HAND, NEWS_SECOND_HAND } News;

/* One end of a membership; each end knows where the other stands, so that it can be undone from either side in O(1). */
typedef struct MemberEnd {
    HubUser *user;
    uint32_t other; /* index in user->conversations */
} MemberEnd;

typedef struct HubConversation {
    Id id;
    MemberEnd *members;
    uint32_t n_members, cap_members;
    uint32_t mark;
    Crowd *crowd; /* realtime/crowd.h; NULL while nobody looks and it is not large */
} HubConversation;

typedef struct ConversationEnd {
    HubConversation *conversation;
    uint32_t other;   /* index in conversation->members */
    uint32_t tick;    /* of the hub, when it was joined */
    int64_t since_ms; /* commit time of the joining, or when the list was read that has it */
} ConversationEnd;

/* The user left a conversation: second-hand news of an earlier joining mean nothing. */
typedef struct Departure {
    Id conversation;
    int64_t at_ms;
    uint32_t tick; /* of the hub, when it was heard of */
} Departure;

struct HubUser {
    Id id;
    Client *clients; /* linked by Client.next_of_user; never empty */
    ConversationEnd *conversations;
    uint32_t n_conversations, cap_conversations;
    Departure *departures; /* DEPARTURES_MAX of them, or NULL */
    uint32_t next_departure;
    uint32_t mark; /* equal to hub->mark: has got the frame at hand already */
    bool
        is_unsure; /* news of its memberships may have been missed: gets nothing of conversations until they were read */
};

/* What is to be read again: all that concerns a user, or where a conversation stands; the other is ID_NONE. See relearn.h. */
typedef struct Unsure {
    Id user, conversation;
} Unsure;

/* What a hub reports to whoever reads from the services. On the loop. */
typedef struct HubHandlers {
    /* The first member of a conversation came here: what was published before the subscription was in force, nobody has heard. */
    void (*on_subscribed)(Hub *hub, Id conversation);
} HubHandlers;

struct Hub {
    /* fixed after init */
    Realtime *realtime;
    const RealtimeConfig *config;
    const HubHandlers *handlers;
    Loop *loop;
    Pubsub *pubsub;
    HeadcountTable *headcounts;
    int n_hubs;
    Interest interest; /* read by any thread */

    Clients clients;
    Map users, conversations;
    uint32_t tick;           /* grows with every change of membership */
    uint32_t mark;           /* see HubUser.mark */
    HubConversation **stale; /* large ones whose heads somebody waits for */
    uint32_t n_stale, cap_stale;
    Unsure *unsure; /* in line to be read again, from at_unsure on */
    uint32_t at_unsure, n_unsure, cap_unsure;
    uint32_t n_relearning;                    /* being read */
    bool relearn_rests;                       /* until the next tick, after a failure */
    uint32_t deaf;                            /* how often it has heard that news may have been missed */
    Farewell *first_farewell, *last_farewell; /* users who left and may be back at once */
    uv_timer_t *timer;                        /* ticks every second */
    uint32_t spread_ms;                       /* for a drain */
};

/* What a hub is made of; all is borrowed. */
typedef struct HubSetup {
    Realtime *realtime; /* for those above */
    const RealtimeConfig *config;
    const ClientHandlers *client_handlers;
    const HubHandlers *handlers;
    Loop *loop;
    Pubsub *pubsub;
    HeadcountTable *headcounts; /* of all loops */
    int n_hubs;                 /* how many there are */
    int64_t now_ms;             /* monotonic */
} HubSetup;

void hub_init(Hub *hub, const HubSetup *setup);
/* When all clients are gone. */
void hub_done(Hub *hub);

/* Adds a client to its user, who comes into being with the first one: from now on what is published on the user's topic
 * arrives. */
HubUser *hub_add_client(Hub *hub, Id user, Client *client);
/* The user goes with the last client. */
void hub_remove_client(Hub *hub, Client *client);

/* The user came to the conversation at at_ms. Nothing happens to a user who is not here. */
void hub_join(Hub *hub, Id user, Id conversation, int64_t at_ms, News news);
/* The user does not belong to it any more: gets nothing of it from now on. */
void hub_leave(Hub *hub, Id user, Id conversation, int64_t at_ms, News news);
/* It is gone for everybody. */
void hub_dissolve(Hub *hub, Id conversation, int64_t at_ms);
/* The user belongs to exactly these, as read at read_ms when hub->tick stood at since_tick; what was heard since then is
 * newer and stays. False, and nothing was done, when too much was heard: read again. */
bool hub_set_conversations(Hub *hub, HubUser *user, const Id *conversations, size_t n, uint32_t since_tick,
                           int64_t read_ms);

/* Puts a frame in line for every client of the user, or of every member but `except` (may be ID_NONE).
 * Borrow the frame. Written by hub_flush(). */
void hub_tell_user(Hub *hub, Id user, Frame *frame);
void hub_tell_conversation(Hub *hub, Id conversation, Frame *frame, Id except);
/* Each user once, however many of the conversations they belong to. */
void hub_tell_conversations(Hub *hub, const Id *conversations, size_t n, Frame *frame, Id except);

static inline Hub *hub_of(const Client *client)
{
    return CONTAINER_OF(client->all, Hub, clients);
}
/* At every entry of its loop, which ends with hub_flush(). */
ON_LOOP static inline void hub_enter(Hub *hub)
{
    clients_enter(&hub->clients);
}
/* Writes what is in line. */
ON_LOOP static inline void hub_flush(Hub *hub)
{
    clients_flush(&hub->clients);
}
