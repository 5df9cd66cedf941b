/* Focus and large conversations. See audience.h. */
#include "realtime/hub/audience.h"

#include <stdio.h>
#include <stdlib.h>

#include "realtime/hub/lookup.h"

static Audience *audience_get(HubConversation *conversation)
{
    if (!conversation->audience) conversation->audience = calloc(1, sizeof(Audience));
    if (!conversation->audience) abort();
    return conversation->audience;
}

bool audience_is_large(const Hub *hub, const HubConversation *conversation)
{
    const Audience *audience = conversation->audience;
    if (!audience || !audience->online) return false;
    return atomic_load_explicit(&audience->online->online, memory_order_relaxed) > hub->config->large_conversation;
}

/* The number of local members from which a loop adds to the shared count. Loops share connections evenly, so a quarter
 * of an even share omits few, and small conversations cost nothing. */
static uint32_t counted_from(const Hub *hub)
{
    uint32_t share = hub->config->large_conversation / (uint32_t)(hub->n_hubs * 4);
    return share ? share : 1;
}

void audience_count(Hub *hub, HubConversation *conversation)
{
    uint32_t now = conversation->n_members >= counted_from(hub) ? conversation->n_members : 0;
    if (!now && !(conversation->audience && conversation->audience->online)) return;

    Audience *audience = audience_get(conversation);
    OnlineCountTable *table = hub->online_counts;
    if (!audience->online) audience->online = online_count_ref(table, conversation->id);
    atomic_fetch_add_explicit(&audience->online->online, now - audience->counted, memory_order_relaxed);
    audience->counted = now;
    if (!now) online_count_unref(table, TAKE_PTR(audience->online));
}

static bool is_viewer(const Audience *audience, const ClientSession *session)
{
    for (uint32_t i = 0; audience && i < audience->n_viewers; i++) {
        if (audience->viewers[i] == session) return true;
    }
    return false;
}

static void stale_add(Hub *hub, HubConversation *conversation)
{
    if (hub->n_stale == hub->cap_stale) {
        hub->cap_stale = hub->cap_stale ? hub->cap_stale * 2 : 8;
        hub->stale = realloc(hub->stale, hub->cap_stale * sizeof(HubConversation *));
        if (!hub->stale) abort();
    }
    hub->stale[hub->n_stale++] = conversation;
    conversation->audience->is_stale = true;
}

static void stale_remove(Hub *hub, HubConversation *conversation)
{
    for (uint32_t i = 0; i < hub->n_stale; i++) {
        if (hub->stale[i] != conversation) continue;
        hub->stale[i] = hub->stale[--hub->n_stale];
        break;
    }
    conversation->audience->is_stale = false;
}

void audience_send(Hub *hub, HubConversation *conversation, Frame *frame, Id except)
{
    Audience *audience = audience_get(conversation);
    HubUser *left_out = hub_user(hub, except);
    for (uint32_t i = 0; i < audience->n_viewers; i++) {
        const HubUser *user = audience->viewers[i]->user;
        if (user != left_out && !user->needs_resync) session_send(audience->viewers[i], frame);
    }
    if (frame->kind != FRAME_EVENT) return;
    if (frame->number > audience->rev) audience->rev = frame->number;
    if (frame->seq > audience->seq) audience->seq = frame->seq;
    if (!audience->is_stale) stale_add(hub, conversation);
}

static Frame *heads_frame(const HubConversation *conversation)
{
    const Audience *audience = conversation->audience;
    char id[ID_TEXT_LEN + 1], seq[32] = "", json[160];
    id_format(conversation->id, id);
    /* seq is unknown until a message has passed; until then the client keeps its own. */
    if (audience->seq) snprintf(seq, sizeof seq, ",\"seq\":%u", audience->seq);
    int len =
        snprintf(json, sizeof json, "{\"type\":\"heads\",\"heads\":{\"%s\":{\"rev\":%u%s}}}", id, audience->rev, seq);
    return frame_new(FRAME_LIVE, conversation->id, audience->rev, (Str){ json, (size_t)len });
}

ON_LOOP static void tell_heads(HubConversation *conversation)
{
    Frame *frame = heads_frame(conversation);
    for (uint32_t i = 0; i < conversation->n_members; i++) {
        if (conversation->members[i].user->needs_resync) continue;
        for (ClientSession *to = conversation->members[i].user->sessions; to; to = to->next_of_user) {
            if (!is_viewer(conversation->audience, to)) session_send(to, frame);
        }
    }
    frame_unref(frame);
}

void audience_send_heads(Hub *hub)
{
    for (uint32_t i = hub->n_stale; i-- > 0;) {
        HubConversation *conversation = hub->stale[i];
        Audience *audience = conversation->audience;
        if (hub->sessions.now_ms - audience->told_ms < AUDIENCE_HEADS_MS) continue;
        audience->told_ms = hub->sessions.now_ms;
        tell_heads(conversation);
        stale_remove(hub, conversation);
    }
}

static void viewer_add(HubConversation *conversation, ClientSession *session)
{
    Audience *audience = audience_get(conversation);
    if (is_viewer(audience, session)) return;
    if (audience->n_viewers == audience->cap_viewers) {
        audience->cap_viewers = audience->cap_viewers ? audience->cap_viewers * 2 : 2;
        audience->viewers = realloc(audience->viewers, audience->cap_viewers * sizeof(ClientSession *));
        if (!audience->viewers) abort();
    }
    audience->viewers[audience->n_viewers++] = session;
}

static void viewer_remove(HubConversation *conversation, const ClientSession *session)
{
    Audience *audience = conversation->audience;
    for (uint32_t i = 0; audience && i < audience->n_viewers; i++) {
        if (audience->viewers[i] != session) continue;
        audience->viewers[i] = audience->viewers[--audience->n_viewers];
        return;
    }
}

void audience_forget(Hub *hub, ClientSession *session)
{
    if (!session->extras) return;
    for (uint32_t i = 0; i < session->extras->n_focus; i++) {
        HubConversation *conversation = hub_conversation(hub, session->extras->focus[i]);
        if (conversation) viewer_remove(conversation, session);
    }
    session->extras->n_focus = 0;
}

void audience_focus(Hub *hub, ClientSession *session, const Id *conversations, uint32_t n)
{
    audience_forget(hub, session);
    if (!n) return;
    SessionExtras *extras = session_extras(session);
    for (uint32_t i = 0; i < n && i < WS_FOCUS_MAX; i++) {
        extras->focus[extras->n_focus++] = conversations[i];
        if (hub_is_member(hub, session->user, conversations[i]))
            viewer_add(hub_conversation(hub, conversations[i]), session);
    }
}

void audience_join(HubConversation *conversation, HubUser *user)
{
    for (ClientSession *session = user->sessions; session; session = session->next_of_user) {
        for (uint32_t i = 0; session->extras && i < session->extras->n_focus; i++) {
            if (id_eq(session->extras->focus[i], conversation->id)) viewer_add(conversation, session);
        }
    }
}

void audience_leave(HubConversation *conversation, HubUser *user)
{
    for (ClientSession *session = user->sessions; session; session = session->next_of_user)
        viewer_remove(conversation, session);
}

void audience_free(Hub *hub, HubConversation *conversation)
{
    if (!conversation->audience) return;
    if (conversation->audience->is_stale) stale_remove(hub, conversation);
    free(conversation->audience->viewers);
    free(conversation->audience);
}
