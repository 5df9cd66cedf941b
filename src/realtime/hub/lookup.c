/* See lookup.h. */
#include "realtime/hub/lookup.h"

HubUser *hub_user(const Hub *hub, Id user)
{
    return map_get(&hub->users, id_key(&user));
}

HubUser *hub_user_of_session(const Hub *hub, Id auth_session)
{
    size_t at = 0;
    for (HubUser *user; (user = map_next(&hub->users, &at));) {
        for (ClientSession *session = user->sessions; session; session = session->next_of_user) {
            if (id_eq(session->auth_session, auth_session)) return user;
        }
    }
    return NULL;
}

HubConversation *hub_conversation(const Hub *hub, Id conversation)
{
    return map_get(&hub->conversations, id_key(&conversation));
}

ConversationEnd *hub_membership(const HubUser *user, const HubConversation *conversation)
{
    for (uint32_t i = 0; i < user->n_conversations; i++) {
        if (user->conversations[i].conversation == conversation) return &user->conversations[i];
    }
    return NULL;
}

bool hub_is_member(const Hub *hub, const HubUser *user, Id conversation)
{
    HubConversation *known = hub_conversation(hub, conversation);
    return known && hub_membership(user, known);
}
