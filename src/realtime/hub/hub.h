/* The hub of one loop: the users who are here, the conversations they belong to, and the delivery of frames to their
 * clients. Everything here runs on the loop's thread and belongs to it.
 *
 *   Conversation -> members here (users) -> their clients
 *
 * Subscriptions are a user's, not a client's: membership is. Delivery goes by what stands here at that moment. */
#pragma once
#include "base/map.h"
#include "ports/pubsub.h"
#include "realtime/hub/online_count.h"
#include "realtime/hub/subscription_filter.h"
#include "realtime/session/session.h"
#include "runtime/loop.h"

typedef struct Realtime Realtime;
typedef struct Hub Hub;
typedef struct Audience Audience;
typedef struct PendingOffline PendingOffline; /* realtime/presence/online.c */

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
    Audience *audience; /* realtime/hub/audience.h; NULL while nobody looks and it is not large */
} HubConversation;

typedef struct ConversationEnd {
    HubConversation *conversation;
    uint32_t other;   /* index in conversation->members */
    uint32_t tick;    /* of the hub, when it was joined */
    int64_t since_ms; /* commit time of the joining, or when the list was read that has it */
} ConversationEnd;

/* The user left a conversation: second-hand news of an earlier joining mean nothing. */
typedef struct RecentLeave {
    Id conversation;
    int64_t at_ms;
    uint32_t tick; /* of the hub, when it was heard of */
} RecentLeave;

struct HubUser {
    Id id;
    ClientSession *sessions; /* linked by ClientSession.next_of_user; never empty */
    ConversationEnd *conversations;
    uint32_t n_conversations, cap_conversations;
    RecentLeave *recent_leaves; /* RECENT_LEAVES_MAX of them, or NULL */
    uint32_t next_recent_leave;
    uint32_t mark; /* equal to hub->mark: has got the frame at hand already */
    bool
        needs_resync; /* news of its memberships may have been missed: gets nothing of conversations until they were read */
};

/* What is to be read again: all that concerns a user, or where a conversation stands; the other is ID_NONE. See resync.h. */
typedef struct ResyncTarget {
    Id user, conversation;
} ResyncTarget;

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
    OnlineCountTable *online_counts;
    int n_hubs;
    SubscriptionFilter filter; /* read by any thread */

    ClientSessions sessions;
    Map users, conversations;
    uint32_t tick;           /* grows with every change of membership */
    uint32_t mark;           /* see HubUser.mark */
    HubConversation **stale; /* large ones whose heads somebody waits for */
    uint32_t n_stale, cap_stale;
    ResyncTarget *resync_queue; /* in line to be read again, from at_resync on */
    uint32_t at_resync, n_resync, cap_resync;
    uint32_t n_resyncing; /* being read */
    bool resync_rests;    /* until the next tick, after a failure */
    uint32_t losses;      /* how often it has heard that news may have been missed */
    PendingOffline *first_pending_offline, *last_pending_offline; /* users who left and may be back at once */
    uv_timer_t *timer;                                            /* ticks every second */
    uint32_t spread_ms;                                           /* for a drain */
};

/* What a hub is made of; all is borrowed. */
typedef struct HubSetup {
    Realtime *realtime; /* for those above */
    const RealtimeConfig *config;
    const SessionHandlers *session_handlers;
    const HubHandlers *handlers;
    Loop *loop;
    Pubsub *pubsub;
    OnlineCountTable *online_counts; /* of all loops */
    int n_hubs;                      /* how many there are */
    int64_t now_ms;                  /* monotonic */
} HubSetup;

void hub_init(Hub *hub, const HubSetup *setup);
/* When all clients are gone. */
void hub_done(Hub *hub);

/* Adds a client to its user, who comes into being with the first one: from now on what is published on the user's topic
 * arrives. */
ON_LOOP HubUser *hub_add_session(Hub *hub, Id user, ClientSession *session);
/* The user goes with the last client. */
ON_LOOP void hub_remove_session(Hub *hub, ClientSession *session);

/* The user came to the conversation at at_ms. Nothing happens to a user who is not here. */
ON_LOOP void hub_join(Hub *hub, Id user, Id conversation, int64_t at_ms, News news);
/* The user does not belong to it any more: gets nothing of it from now on. */
ON_LOOP void hub_leave(Hub *hub, Id user, Id conversation, int64_t at_ms, News news);
/* It is gone for everybody. */
ON_LOOP void hub_dissolve(Hub *hub, Id conversation, int64_t at_ms);
/* The user belongs to exactly these, as read at read_ms when hub->tick stood at since_tick; what was heard since then is
 * newer and stays. False, and nothing was done, when too much was heard: read again. */
ON_LOOP bool hub_set_conversations(Hub *hub, HubUser *user, const Id *conversations, size_t n, uint32_t since_tick,
                                   int64_t read_ms);

/* Puts a frame in line for every client of the user, or of every member but `except` (may be ID_NONE).
 * Borrow the frame. Written by hub_flush(). */
ON_LOOP void hub_send_to_user(Hub *hub, Id user, Frame *frame);
ON_LOOP void hub_send_to_conversation(Hub *hub, Id conversation, Frame *frame, Id except);
/* Each user once, however many of the conversations they belong to. */
ON_LOOP void hub_send_to_conversations(Hub *hub, const Id *conversations, size_t n, Frame *frame, Id except);

static inline Hub *hub_of(const ClientSession *session)
{
    return CONTAINER_OF(session->all, Hub, sessions);
}
/* At every entry of its loop, which ends with hub_flush(). */
ON_LOOP static inline void hub_enter(Hub *hub)
{
    sessions_enter(&hub->sessions);
}
/* Writes what is in line. */
ON_LOOP static inline void hub_flush(Hub *hub)
{
    sessions_flush(&hub->sessions);
}
