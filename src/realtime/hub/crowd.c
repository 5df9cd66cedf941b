/* Focus and large conversations. See crowd.h. */
#include "realtime/hub/crowd.h"

#include <stdio.h>
#include <stdlib.h>

#include "realtime/hub/lookup.h"

static Crowd *crowd_get(HubConversation *conversation)
{
    if (!conversation->crowd) conversation->crowd = calloc(1, sizeof(Crowd));
    if (!conversation->crowd) abort();
    return conversation->crowd;
}

bool crowd_is_large(const Hub *hub, const HubConversation *conversation)
{
    const Crowd *crowd = conversation->crowd;
    if (!crowd || !crowd->online) return false;
    return atomic_load_explicit(&crowd->online->online, memory_order_relaxed) > hub->config->large_conversation;
}

/* From how many members here on a loop joins in the count. Loops share connections evenly, so a fourth of an even share
 * leaves out few, and small conversations cost nothing. */
static uint32_t counted_from(const Hub *hub)
{
    uint32_t share = hub->config->large_conversation / (uint32_t)(hub->n_hubs * 4);
    return share ? share : 1;
}

void crowd_count(Hub *hub, HubConversation *conversation)
{
    uint32_t now = conversation->n_members >= counted_from(hub) ? conversation->n_members : 0;
    if (!now && !(conversation->crowd && conversation->crowd->online)) return;

    Crowd *crowd = crowd_get(conversation);
    HeadcountTable *table = hub->headcounts;
    if (!crowd->online) crowd->online = headcount_ref(table, conversation->id);
    atomic_fetch_add_explicit(&crowd->online->online, now - crowd->counted, memory_order_relaxed);
    crowd->counted = now;
    if (!now) headcount_unref(table, TAKE_PTR(crowd->online));
}

static bool looks(const Crowd *crowd, const Client *client)
{
    for (uint32_t i = 0; crowd && i < crowd->n_lookers; i++) {
        if (crowd->lookers[i] == client) return true;
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
    conversation->crowd->is_stale = true;
}

static void stale_remove(Hub *hub, HubConversation *conversation)
{
    for (uint32_t i = 0; i < hub->n_stale; i++) {
        if (hub->stale[i] != conversation) continue;
        hub->stale[i] = hub->stale[--hub->n_stale];
        break;
    }
    conversation->crowd->is_stale = false;
}

void crowd_tell(Hub *hub, HubConversation *conversation, Frame *frame, Id except)
{
    Crowd *crowd = crowd_get(conversation);
    HubUser *left_out = hub_user(hub, except);
    for (uint32_t i = 0; i < crowd->n_lookers; i++) {
        const HubUser *user = crowd->lookers[i]->user;
        if (user != left_out && !user->is_unsure) client_tell(crowd->lookers[i], frame);
    }
    if (frame->kind != FRAME_EVENT) return;
    if (frame->number > crowd->rev) crowd->rev = frame->number;
    if (frame->seq > crowd->seq) crowd->seq = frame->seq;
    if (!crowd->is_stale) stale_add(hub, conversation);
}

static Frame *heads_frame(const HubConversation *conversation)
{
    const Crowd *crowd = conversation->crowd;
    char id[ID_TEXT_LEN + 1], seq[32] = "", json[160];
    id_format(conversation->id, id);
    /* seq is known once a message has come by; until then the client keeps its own. */
    if (crowd->seq) snprintf(seq, sizeof seq, ",\"seq\":%u", crowd->seq);
    int len =
        snprintf(json, sizeof json, "{\"type\":\"heads\",\"heads\":{\"%s\":{\"rev\":%u%s}}}", id, crowd->rev, seq);
    return frame_new(FRAME_LIVE, conversation->id, crowd->rev, (Str){ json, (size_t)len });
}

static void tell_heads(HubConversation *conversation)
{
    Frame *frame = heads_frame(conversation);
    for (uint32_t i = 0; i < conversation->n_members; i++) {
        if (conversation->members[i].user->is_unsure) continue;
        for (Client *to = conversation->members[i].user->clients; to; to = to->next_of_user) {
            if (!looks(conversation->crowd, to)) client_tell(to, frame);
        }
    }
    frame_unref(frame);
}

void crowd_tell_heads(Hub *hub)
{
    for (uint32_t i = hub->n_stale; i-- > 0;) {
        HubConversation *conversation = hub->stale[i];
        Crowd *crowd = conversation->crowd;
        if (hub->clients.now_ms - crowd->told_ms < CROWD_HEADS_MS) continue;
        crowd->told_ms = hub->clients.now_ms;
        tell_heads(conversation);
        stale_remove(hub, conversation);
    }
}

static void look(HubConversation *conversation, Client *client)
{
    Crowd *crowd = crowd_get(conversation);
    if (looks(crowd, client)) return;
    if (crowd->n_lookers == crowd->cap_lookers) {
        crowd->cap_lookers = crowd->cap_lookers ? crowd->cap_lookers * 2 : 2;
        crowd->lookers = realloc(crowd->lookers, crowd->cap_lookers * sizeof(Client *));
        if (!crowd->lookers) abort();
    }
    crowd->lookers[crowd->n_lookers++] = client;
}

static void look_away(HubConversation *conversation, const Client *client)
{
    Crowd *crowd = conversation->crowd;
    for (uint32_t i = 0; crowd && i < crowd->n_lookers; i++) {
        if (crowd->lookers[i] != client) continue;
        crowd->lookers[i] = crowd->lookers[--crowd->n_lookers];
        return;
    }
}

void crowd_forget_client(Hub *hub, Client *client)
{
    if (!client->extras) return;
    for (uint32_t i = 0; i < client->extras->n_focus; i++) {
        HubConversation *conversation = hub_conversation(hub, client->extras->focus[i]);
        if (conversation) look_away(conversation, client);
    }
    client->extras->n_focus = 0;
}

void crowd_focus(Hub *hub, Client *client, const Id *conversations, uint32_t n)
{
    crowd_forget_client(hub, client);
    if (!n) return;
    ClientExtras *extras = client_extras(client);
    for (uint32_t i = 0; i < n && i < WS_FOCUS_MAX; i++) {
        extras->focus[extras->n_focus++] = conversations[i];
        if (hub_is_member(hub, client->user, conversations[i])) look(hub_conversation(hub, conversations[i]), client);
    }
}

void crowd_join(HubConversation *conversation, HubUser *user)
{
    for (Client *client = user->clients; client; client = client->next_of_user) {
        for (uint32_t i = 0; client->extras && i < client->extras->n_focus; i++) {
            if (id_eq(client->extras->focus[i], conversation->id)) look(conversation, client);
        }
    }
}

void crowd_leave(HubConversation *conversation, HubUser *user)
{
    for (Client *client = user->clients; client; client = client->next_of_user) look_away(conversation, client);
}

void crowd_free(Hub *hub, HubConversation *conversation)
{
    if (!conversation->crowd) return;
    if (conversation->crowd->is_stale) stale_remove(hub, conversation);
    free(conversation->crowd->lookers);
    free(conversation->crowd);
}
