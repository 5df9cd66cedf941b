/* Users, conversations and memberships of one loop. See hub.h. */
#include "realtime/hub/hub.h"

#include <stdlib.h>

#include "realtime/hub/audience.h"
#include "realtime/hub/lookup.h"
#include "rpc/event.h"

#define RECENT_LEAVES_MAX 16 /* per user; second-hand joins arrive seconds late, not hours */

typedef enum TopicKind { TOPIC_OF_USER, TOPIC_OF_CONVERSATION } TopicKind;

static Str topic_of(TopicKind kind, Id id, char out[PUBSUB_TOPIC_MAX])
{
    Str prefix = kind == TOPIC_OF_USER ? STR(TOPIC_USER_PREFIX) : STR(TOPIC_CONVERSATION_PREFIX);
    memcpy(out, prefix.ptr, prefix.len);
    id_format(id, out + prefix.len);
    return (Str){ out, prefix.len + ID_TEXT_LEN };
}

ON_LOOP static void subscribe(Hub *hub, TopicKind kind, Id id)
{
    char text[PUBSUB_TOPIC_MAX];
    subscription_filter_add(&hub->filter, id);
    pubsub_subscribe(hub->pubsub, topic_of(kind, id, text));
}

ON_LOOP static void unsubscribe(Hub *hub, TopicKind kind, Id id)
{
    char text[PUBSUB_TOPIC_MAX];
    pubsub_unsubscribe(hub->pubsub, topic_of(kind, id, text));
    subscription_filter_remove(&hub->filter, id);
}

void hub_init(Hub *hub, const HubSetup *setup)
{
    *hub = (Hub){ .realtime = setup->realtime,
                  .config = setup->config,
                  .handlers = setup->handlers,
                  .loop = setup->loop,
                  .pubsub = setup->pubsub,
                  .online_counts = setup->online_counts,
                  .n_hubs = setup->n_hubs };
    sessions_init(&hub->sessions, setup->config, setup->session_handlers, setup->now_ms);
}

void hub_done(Hub *hub)
{
    map_done(&hub->users);
    map_done(&hub->conversations);
    sessions_done(&hub->sessions);
    free(hub->stale);
    free(hub->resync_queue);
}

static void *grown(void *array, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap) return array;
    *cap = *cap ? *cap * 2 : 2;
    array = realloc(array, *cap * size);
    if (!array) abort();
    return array;
}

ON_LOOP static HubConversation *conversation_get(Hub *hub, Id id)
{
    HubConversation *conversation = hub_conversation(hub, id);
    if (conversation) return conversation;

    conversation = calloc(1, sizeof *conversation);
    if (!conversation) abort();
    conversation->id = id;
    map_put(&hub->conversations, id_key(&conversation->id), conversation);
    subscribe(hub, TOPIC_OF_CONVERSATION, id);
    return conversation;
}

ON_LOOP static void conversation_free(Hub *hub, HubConversation *conversation)
{
    unsubscribe(hub, TOPIC_OF_CONVERSATION, conversation->id);
    map_remove(&hub->conversations, id_key(&conversation->id));
    audience_free(hub, conversation);
    free(conversation->members);
    free(conversation);
}

ON_LOOP static void link_ends(Hub *hub, HubUser *user, Id id, int64_t since_ms)
{
    HubConversation *conversation = conversation_get(hub, id);
    user->conversations =
        grown(user->conversations, user->n_conversations, &user->cap_conversations, sizeof *user->conversations);
    conversation->members = grown(conversation->members, conversation->n_members, &conversation->cap_members,
                                  sizeof *conversation->members);
    user->conversations[user->n_conversations] = (ConversationEnd){
        .conversation = conversation, .other = conversation->n_members, .tick = hub->tick, .since_ms = since_ms
    };
    conversation->members[conversation->n_members++] = (MemberEnd){ .user = user, .other = user->n_conversations++ };
    audience_count(hub, conversation);
    audience_join(conversation, user);
}

/* Removes both ends; the last entry of each array moves into the gap. */
ON_LOOP static void unlink_ends(Hub *hub, HubUser *user, uint32_t at)
{
    ConversationEnd end = user->conversations[at];
    HubConversation *conversation = end.conversation;
    audience_leave(conversation, user);

    user->conversations[at] = user->conversations[--user->n_conversations];
    if (at < user->n_conversations)
        user->conversations[at].conversation->members[user->conversations[at].other].other = at;

    conversation->members[end.other] = conversation->members[--conversation->n_members];
    if (end.other < conversation->n_members) {
        MemberEnd *moved = &conversation->members[end.other];
        moved->user->conversations[moved->other].other = end.other;
    }
    audience_count(hub, conversation);
    if (!conversation->n_members) conversation_free(hub, conversation);
}

HubUser *hub_add_session(Hub *hub, Id id, ClientSession *session)
{
    HubUser *user = hub_user(hub, id);
    if (!user) {
        user = calloc(1, sizeof *user);
        if (!user) abort();
        user->id = id;
        map_put(&hub->users, id_key(&user->id), user);
        subscribe(hub, TOPIC_OF_USER, id);
    }
    session->user = user;
    session->next_of_user = user->sessions;
    user->sessions = session;
    return user;
}

ON_LOOP static void user_free(Hub *hub, HubUser *user)
{
    while (user->n_conversations) unlink_ends(hub, user, user->n_conversations - 1);
    unsubscribe(hub, TOPIC_OF_USER, user->id);
    map_remove(&hub->users, id_key(&user->id));
    free(user->conversations);
    free(user->recent_leaves);
    free(user);
}

void hub_remove_session(Hub *hub, ClientSession *session)
{
    HubUser *user = session->user;
    if (!user) return;
    audience_forget(hub, session);
    ClientSession **at = &user->sessions;
    while (*at != session) at = &(*at)->next_of_user;
    *at = session->next_of_user;
    session->next_of_user = NULL;
    session->user = NULL;
    if (!user->sessions) user_free(hub, user);
}

static RecentLeave *recent_leave_find(const HubUser *user, Id conversation)
{
    for (int i = 0; user->recent_leaves && i < RECENT_LEAVES_MAX; i++) {
        if (id_eq(user->recent_leaves[i].conversation, conversation)) return &user->recent_leaves[i];
    }
    return NULL;
}

static void recent_leave_note(Hub *hub, HubUser *user, Id conversation, int64_t at_ms)
{
    if (!user->recent_leaves) {
        user->recent_leaves = calloc(RECENT_LEAVES_MAX, sizeof *user->recent_leaves);
        if (!user->recent_leaves) abort();
    }
    RecentLeave *leave = recent_leave_find(user, conversation);
    if (!leave) leave = &user->recent_leaves[user->next_recent_leave++ % RECENT_LEAVES_MAX];
    *leave = (RecentLeave){ .conversation = conversation, .at_ms = at_ms, .tick = hub->tick };
}

void hub_join(Hub *hub, Id user_id, Id conversation, int64_t at_ms, News news)
{
    HubUser *user = hub_user(hub, user_id);
    if (!user) return;
    RecentLeave *leave = recent_leave_find(user, conversation);
    if (leave && news == NEWS_SECOND_HAND && leave->at_ms >= at_ms) return;
    if (leave) *leave = (RecentLeave){ 0 };

    hub->tick++;
    HubConversation *known = hub_conversation(hub, conversation);
    ConversationEnd *end = known ? hub_membership(user, known) : NULL;
    if (!end) {
        link_ends(hub, user, conversation, at_ms);
        if (!known) hub->handlers->on_subscribed(hub, conversation);
        return;
    }
    end->tick = hub->tick;
    if (at_ms > end->since_ms) end->since_ms = at_ms;
}

void hub_leave(Hub *hub, Id user_id, Id conversation, int64_t at_ms, News news)
{
    HubUser *user = hub_user(hub, user_id);
    if (!user) return;
    HubConversation *known = hub_conversation(hub, conversation);
    ConversationEnd *end = known ? hub_membership(user, known) : NULL;
    if (end && news == NEWS_SECOND_HAND && end->since_ms > at_ms) return; /* has rejoined since */

    hub->tick++;
    recent_leave_note(hub, user, conversation, at_ms);
    if (end) unlink_ends(hub, user, (uint32_t)(end - user->conversations));
}

void hub_dissolve(Hub *hub, Id conversation, int64_t at_ms)
{
    /* The conversation is freed with its last member. */
    for (HubConversation *known; (known = hub_conversation(hub, conversation));)
        hub_leave(hub, known->members[known->n_members - 1].user->id, conversation, at_ms, NEWS_FIRST_HAND);
}

/* Whether more leaves than are remembered may have happened since then. */
static bool recent_leaves_lost(const HubUser *user, uint32_t since_tick)
{
    if (!user->recent_leaves || user->next_recent_leave < RECENT_LEAVES_MAX) return false;
    const RecentLeave *oldest = &user->recent_leaves[user->next_recent_leave % RECENT_LEAVES_MAX];
    return (int32_t)(oldest->tick - since_tick) > 0;
}

bool hub_set_conversations(Hub *hub, HubUser *user, const Id *conversations, size_t n, uint32_t since_tick,
                           int64_t read_ms)
{
    if (recent_leaves_lost(user, since_tick)) return false;

    uint32_t listed = ++hub->mark;
    for (size_t i = 0; i < n; i++) {
        HubConversation *known = hub_conversation(hub, conversations[i]);
        if (known) known->mark = listed;
    }
    /* Downwards, because removal moves the last entry into the gap. */
    uint32_t has = ++hub->mark;
    for (uint32_t i = user->n_conversations; i-- > 0;) {
        ConversationEnd *end = &user->conversations[i];
        bool heard_since = (int32_t)(end->tick - since_tick) > 0;
        if (end->conversation->mark == listed || heard_since)
            end->conversation->mark = has;
        else
            unlink_ends(hub, user, i);
    }
    for (size_t i = 0; i < n; i++) {
        HubConversation *known = hub_conversation(hub, conversations[i]);
        if (known && known->mark == has) continue;
        RecentLeave *leave = recent_leave_find(user, conversations[i]);
        if (leave && (int32_t)(leave->tick - since_tick) > 0) continue;
        link_ends(hub, user, conversations[i], read_ms);
        hub_conversation(hub, conversations[i])->mark = has; /* a list may contain duplicates */
    }
    return true;
}

ON_LOOP static void tell(HubUser *user, Frame *frame)
{
    for (ClientSession *session = user->sessions; session; session = session->next_of_user)
        session_send(session, frame);
}

void hub_send_to_user(Hub *hub, Id user, Frame *frame)
{
    HubUser *known = hub_user(hub, user);
    if (known) tell(known, frame);
}

void hub_send_to_conversation(Hub *hub, Id id, Frame *frame, Id except)
{
    HubConversation *conversation = hub_conversation(hub, id);
    if (!conversation) return;
    if (audience_is_large(hub, conversation)) {
        audience_send(hub, conversation, frame, except);
        return;
    }
    HubUser *left_out = id_is_none(except) ? NULL : hub_user(hub, except);
    const MemberEnd *members = conversation->members;
    for (uint32_t i = 0; i < conversation->n_members; i++) {
        if (i + 8 < conversation->n_members) __builtin_prefetch(members[i + 8].user);
        if (i + 4 < conversation->n_members) session_prefetch(members[i + 4].user->sessions);
        if (i + 2 < conversation->n_members) session_prefetch_line(members[i + 2].user->sessions);
        if (members[i].user != left_out && !members[i].user->needs_resync) tell(members[i].user, frame);
    }
}

void hub_send_to_conversations(Hub *hub, const Id *conversations, size_t n, Frame *frame, Id except)
{
    HubUser *left_out = hub_user(hub, except);
    uint32_t mark = ++hub->mark;
    if (left_out) left_out->mark = mark;
    for (size_t i = 0; i < n; i++) {
        HubConversation *conversation = hub_conversation(hub, conversations[i]);
        for (uint32_t k = 0; conversation && k < conversation->n_members; k++) {
            HubUser *user = conversation->members[k].user;
            if (user->mark == mark || user->needs_resync) continue;
            user->mark = mark;
            tell(user, frame);
        }
    }
}
