/* Who looks at a conversation, and what becomes of it when very many are online: those who look get everything, the others
 * are told every two seconds where it stands. On the hub's loop. */
#pragma once
#include "realtime/hub/hub.h"
#include "realtime/hub/online_count.h"

#define AUDIENCE_HEADS_MS 2000

struct Audience {
    OnlineCount *online;     /* of all loops; NULL while few are here */
    uint32_t counted;        /* what this loop has added to it */
    ClientSession **viewers; /* those that focus it */
    uint32_t n_viewers, cap_viewers;
    uint32_t rev, seq; /* where it stands */
    bool is_stale;     /* and who does not look has not been told; in hub->stale */
    int64_t told_ms;   /* when heads last went out */
};

/* More members are online, on all loops together, than get every event. */
bool audience_is_large(const Hub *hub, const HubConversation *conversation);
/* The number of members here has changed. */
void audience_count(Hub *hub, HubConversation *conversation);
/* A frame for a large conversation: as hub_send_to_conversation(). */
ON_LOOP void audience_send(Hub *hub, HubConversation *conversation, Frame *frame, Id except);
/* Sends the heads that are due. */
ON_LOOP void audience_send_heads(Hub *hub);

/* What the client has on its screen from now on; those that its user does not belong to take effect when joined. */
void audience_focus(Hub *hub, ClientSession *session, const Id *conversations, uint32_t n);
void audience_forget(Hub *hub, ClientSession *session);
/* The user's clients may have had it on their screens already. */
void audience_join(HubConversation *conversation, HubUser *user);
void audience_leave(HubConversation *conversation, HubUser *user);
void audience_free(Hub *hub, HubConversation *conversation);
