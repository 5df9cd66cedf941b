/* The viewers of a conversation, and the throttling of large ones: viewers get every event, all others get its head
 * every two seconds. On the hub's loop. */
#pragma once
#include "realtime/hub/hub.h"
#include "realtime/hub/online_count.h"

#define AUDIENCE_HEADS_MS 2000

struct Audience {
    OnlineCount *online;     /* of all loops; NULL while few members are here */
    uint32_t counted;        /* this loop's part of it */
    ClientSession **viewers; /* sessions that focus it */
    uint32_t n_viewers, cap_viewers;
    uint32_t rev, seq; /* the head */
    bool is_stale;     /* others have not received the head yet; in hub->stale */
    int64_t told_ms;   /* when heads were last sent */
};

/* Whether more members are online, on all loops together, than may get every event. */
bool audience_is_large(const Hub *hub, const HubConversation *conversation);
/* Updates the count after the number of local members has changed. */
void audience_count(Hub *hub, HubConversation *conversation);
/* Sends a frame in a large conversation: as hub_send_to_conversation(). */
ON_LOOP void audience_send(Hub *hub, HubConversation *conversation, Frame *frame, Id except);
/* Sends due heads. */
ON_LOOP void audience_send_heads(Hub *hub);

/* Sets the conversations on the client's screen; those that its user is not a member of take effect on joining. */
void audience_focus(Hub *hub, ClientSession *session, const Id *conversations, uint32_t n);
void audience_forget(Hub *hub, ClientSession *session);
/* Applies the focus that the user's clients set before joining. */
void audience_join(HubConversation *conversation, HubUser *user);
void audience_leave(HubConversation *conversation, HubUser *user);
void audience_free(Hub *hub, HubConversation *conversation);
