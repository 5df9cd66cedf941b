/* The hub of one loop: the connected users, their conversations, and the delivery of frames to their clients.
 * Everything here runs on the loop's thread and belongs to it.
 *
 *   Conversation -> members here (users) -> their clients
 *
 * Subscriptions belong to users, not to clients, because membership does. Delivery uses the state at that moment. */
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

/* The source of a membership event: group's own events arrive in order; the user's feed repeats them later. */
typedef enum News { NEWS_FIRST_HAND, NEWS_SECOND_HAND } News;

/* One end of a membership; each end stores the position of the other, so either side can remove it in O(1). */
typedef struct MemberEnd {
    HubUser *user;
    uint32_t other; /* index in user->conversations */
} MemberEnd;

typedef struct HubConversation {
    Id id;
    MemberEnd *members;
    uint32_t n_members, cap_members;
    uint32_t mark;
    Audience *audience; /* realtime/hub/audience.h; NULL while nobody views it and it is not large */
} HubConversation;

typedef struct ConversationEnd {
    HubConversation *conversation;
    uint32_t other;   /* index in conversation->members */
    uint32_t tick;    /* of the hub, when added */
    int64_t since_ms; /* when the join was committed, or the list with it was read */
} ConversationEnd;

/* A conversation the user left recently: second-hand reports of an earlier join are ignored. */
typedef struct RecentLeave {
    Id conversation;
    int64_t at_ms;
    uint32_t tick; /* of the hub, when recorded */
} RecentLeave;

struct HubUser {
    Id id;
    ClientSession *sessions; /* linked by ClientSession.next_of_user; never empty */
    ConversationEnd *conversations;
    uint32_t n_conversations, cap_conversations;
    RecentLeave *recent_leaves; /* RECENT_LEAVES_MAX of them, or NULL */
    uint32_t next_recent_leave;
    uint32_t mark;     /* equal to hub->mark: already has the current frame */
    bool needs_resync; /* membership events may have been missed: gets no conversation events until reread */
};

/* Something to reread: all of a user's state, or a conversation's head; the other is ID_NONE. See resync.h. */
typedef struct ResyncTarget {
    Id user, conversation;
} ResyncTarget;

/* Reports to the layer that reads from the services. On the loop. */
typedef struct HubHandlers {
    /* The first member of a conversation is here: events published before the subscription took effect were missed. */
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
    uint32_t tick;           /* incremented by every change of membership */
    uint32_t mark;           /* see HubUser.mark */
    HubConversation **stale; /* large ones with unsent heads */
    uint32_t n_stale, cap_stale;
    ResyncTarget *resync_queue; /* waiting to be reread, from at_resync on */
    uint32_t at_resync, n_resync, cap_resync;
    uint32_t n_resyncing;                                         /* being reread */
    bool resync_rests;                                            /* until the next tick, after a failure */
    uint32_t losses;                                              /* losses of subscriptions seen so far */
    PendingOffline *first_pending_offline, *last_pending_offline; /* users within the grace period */
    uv_timer_t *timer;                                            /* ticks every second */
    uint32_t spread_ms;                                           /* for a drain */
};

/* The dependencies of a hub; all borrowed. */
typedef struct HubSetup {
    Realtime *realtime; /* passed through to the upper layers */
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
/* Once all clients are gone. */
void hub_done(Hub *hub);

/* Adds a client to its user, who is created with the first one and subscribed to the user's topic. */
ON_LOOP HubUser *hub_add_session(Hub *hub, Id user, ClientSession *session);
/* Removes a client; the user is freed with the last one. */
ON_LOOP void hub_remove_session(Hub *hub, ClientSession *session);

/* The user joined the conversation at at_ms. No effect for a user who is not here. */
ON_LOOP void hub_join(Hub *hub, Id user, Id conversation, int64_t at_ms, News news);
/* The user left the conversation, and receives nothing more of it. */
ON_LOOP void hub_leave(Hub *hub, Id user, Id conversation, int64_t at_ms, News news);
/* The conversation was deleted. */
ON_LOOP void hub_dissolve(Hub *hub, Id conversation, int64_t at_ms);
/* Sets the user's conversations, as read at read_ms when hub->tick was since_tick; membership events since then are
 * newer and win. False, without any effect, if there were too many of those: read again. */
ON_LOOP bool hub_set_conversations(Hub *hub, HubUser *user, const Id *conversations, size_t n, uint32_t since_tick,
                                   int64_t read_ms);

/* Queues a frame for every client of the user, or of every member except `except` (may be ID_NONE). Borrows the frame.
 * hub_flush() writes it. */
ON_LOOP void hub_send_to_user(Hub *hub, Id user, Frame *frame);
ON_LOOP void hub_send_to_conversation(Hub *hub, Id conversation, Frame *frame, Id except);
/* Queues it for each user once, however many of the conversations they belong to. */
ON_LOOP void hub_send_to_conversations(Hub *hub, const Id *conversations, size_t n, Frame *frame, Id except);

static inline Hub *hub_of(const ClientSession *session)
{
    return CONTAINER_OF(session->all, Hub, sessions);
}
/* Call at every entry of its loop, which ends with hub_flush(). */
ON_LOOP static inline void hub_enter(Hub *hub)
{
    sessions_enter(&hub->sessions);
}
/* Writes everything queued. */
ON_LOOP static inline void hub_flush(Hub *hub)
{
    sessions_flush(&hub->sessions);
}
