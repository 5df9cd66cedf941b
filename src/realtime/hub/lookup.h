/* Who is here and who belongs to what, by id: the questions to a hub's tables. On its loop. */
#pragma once
#include "realtime/hub/hub.h"

/* NULL: has no client here. */
HubUser *hub_user(const Hub *hub, Id user);
/* Some user with a client of this session, or NULL; walks them all. */
HubUser *hub_user_of_session(const Hub *hub, Id auth_session);
/* NULL: no member is here. */
HubConversation *hub_conversation(const Hub *hub, Id conversation);
/* The end of the user's membership, or NULL. */
ConversationEnd *hub_membership(const HubUser *user, const HubConversation *conversation);
/* Whether the user, who is here, belongs to it. */
bool hub_is_member(const Hub *hub, const HubUser *user, Id conversation);
