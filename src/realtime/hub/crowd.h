/* Who looks at a conversation, and what becomes of it when very many are online: those who look get everything, the others
 * are told every two seconds where it stands. On the hub's loop. */
#pragma once
#include "realtime/hub/headcount.h"
#include "realtime/hub/hub.h"

#define CROWD_HEADS_MS 2000

struct Crowd {
    Headcount *online; /* of all loops; NULL while few are here */
    uint32_t counted;  /* what this loop has added to it */
    Client **lookers;  /* those that focus it */
    uint32_t n_lookers, cap_lookers;
    uint32_t rev, seq; /* where it stands */
    bool is_stale;     /* and who does not look has not been told; in hub->stale */
    int64_t told_ms;   /* when heads last went out */
};

/* More members are online, on all loops together, than get every event. */
bool crowd_is_large(const Hub *hub, const HubConversation *conversation);
/* The number of members here has changed. */
void crowd_count(Hub *hub, HubConversation *conversation);
/* A frame for a large conversation: as hub_tell_conversation(). */
void crowd_tell(Hub *hub, HubConversation *conversation, Frame *frame, Id except);
/* Sends the heads that are due. */
void crowd_tell_heads(Hub *hub);

/* What the client has on its screen from now on; those that its user does not belong to take effect when joined. */
void crowd_focus(Hub *hub, Client *client, const Id *conversations, uint32_t n);
void crowd_forget_client(Hub *hub, Client *client);
/* The user's clients may have had it on their screens already. */
void crowd_join(HubConversation *conversation, HubUser *user);
void crowd_leave(HubConversation *conversation, HubUser *user);
void crowd_free(Hub *hub, HubConversation *conversation);
