/* Queries on a hub's tables, by id. On its loop. */
#pragma once
#include "realtime/hub/hub.h"

/* NULL: the user has no client here. */
HubUser *hub_user(const Hub *hub, Id user);
/* A user with a client of this session, or NULL; linear search. */
HubUser *hub_user_of_session(const Hub *hub, Id auth_session);
/* NULL: no member is here. */
HubConversation *hub_conversation(const Hub *hub, Id conversation);
/* The user's membership, or NULL. */
ConversationEnd *hub_membership(const HubUser *user, const HubConversation *conversation);
/* Whether the user, who is here, is a member. */
bool hub_is_member(const Hub *hub, const HubUser *user, Id conversation);
