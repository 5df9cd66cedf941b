/* Translates an envelope into a hub's actions. See fanout.h. */
#include "realtime/hub/fanout.h"

#include <stdlib.h>

#include "base/limits.h"
#include "realtime/hub/lookup.h"
#include "rpc/event.h"
#include "rpc/transcode.h"

/* --- reading --- */

static Id id_or_none(const char *text)
{
    Id id;
    return id_parse(str_of(text), &id) ? id : ID_NONE;
}

static const Id *ids_of(Arena *arena, char *const *texts, size_t n, size_t *out_n)
{
    Id *ids = arena_new_array(arena, Id, n);
    *out_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (id_parse(str_of(texts[i]), &ids[*out_n])) (*out_n)++;
    }
    return ids;
}

static void set_user(Arena *arena, Fanout *fanout, Id user)
{
    fanout->users = arena_copy(arena, &user, sizeof user);
    fanout->n_users = id_is_none(user) ? 0 : 1;
}

/* ,"name":"message.created" */
static void add_name(StrBuf *json, const char *name)
{
    strbuf_add(json, STR(",\"name\":"));
    json_quote(json, str_of(name));
}

static void add_number(StrBuf *json, Str key, uint32_t value)
{
    strbuf_add(json, key);
    strbuf_add_u64(json, value);
}

static void add_conversation(StrBuf *json, Id conversation)
{
    char text[ID_TEXT_LEN + 1];
    id_format(conversation, text);
    strbuf_add(json, STR(",\"conversation_id\":\""));
    strbuf_add(json, str_of(text));
    strbuf_add_char(json, '"');
}

static void add_time(StrBuf *json, const Google__Protobuf__Timestamp *created_at)
{
    if (!created_at) return;
    strbuf_add(json, STR(",\"created_at\":"));
    json_time(json, created_at);
}

static void add_tag(StrBuf *json, const char *tag)
{
    if (!*tag) return;
    strbuf_add(json, STR(",\"tag\":"));
    json_quote(json, str_of(tag));
}

static void add_data(StrBuf *json, const ProtobufCMessage *data)
{
    strbuf_add(json, STR(",\"data\":"));
    if (data)
        transcode_to_json(json, data);
    else
        strbuf_add(json, STR("{}"));
    strbuf_add_char(json, '}');
}

static bool read_change(Arena *arena, const Change *change, Fanout *fanout)
{
    StrBuf json;
    if (id_is_none(fanout->conversation)) return false;
    strbuf_init(&json, arena);
    add_name(&json, change->name);
    add_conversation(&json, fanout->conversation);
    add_number(&json, STR(",\"rev\":"), change->rev);
    if (change->seq) add_number(&json, STR(",\"seq\":"), change->seq);
    add_time(&json, change->created_at);
    add_tag(&json, change->tag);
    add_data(&json, change->data ? &change->data->base : NULL);
    fanout->to = TO_CONVERSATION;
    fanout->frame = frame_new(FRAME_EVENT, fanout->conversation, change->rev, strbuf_str(&json));
    fanout->frame->seq = change->seq;
    return true;
}

/* The feed repeats what group has published, later but durably: it covers events missed on pubsub. */
static void read_feed_membership(const FeedChange *change, Fanout *fanout)
{
    const FeedData *data = change->data;
    if (!data || data->kind_case != FEED_DATA__KIND_MEMBERSHIP) return;
    Str name = str_of(change->name);
    fanout->conversation = id_or_none(data->membership->conversation_id);
    fanout->news = NEWS_SECOND_HAND;
    fanout->at_ms = timestamp_ms(change->created_at);
    if (str_eq(name, STR("conversation.joined"))) fanout->act = ACT_JOIN;
    if (str_eq(name, STR("conversation.left"))) fanout->act = ACT_LEAVE;
    if (str_eq(name, STR("conversation.deleted"))) fanout->act = ACT_LEAVE;
}

static bool read_feed_change(Arena *arena, const FeedChange *change, Id user, Fanout *fanout)
{
    StrBuf json;
    strbuf_init(&json, arena);
    add_name(&json, change->name);
    add_number(&json, STR(",\"urev\":"), change->urev);
    add_time(&json, change->created_at);
    add_tag(&json, change->tag);
    add_data(&json, change->data ? &change->data->base : NULL);
    set_user(arena, fanout, user);
    fanout->to = TO_USERS;
    fanout->frame = frame_new(FRAME_EVENT, ID_NONE, change->urev, strbuf_str(&json));
    read_feed_membership(change, fanout);
    return true;
}

static bool read_membership(Arena *arena, const MembershipChanged *change, Fanout *fanout)
{
    if (!change->member || id_is_none(fanout->conversation)) return false;
    Str what = str_of(change->change);
    set_user(arena, fanout, id_or_none(change->member->user_id));
    if (str_eq(what, STR("member.added"))) fanout->act = ACT_JOIN;
    if (str_eq(what, STR("member.removed"))) fanout->act = ACT_LEAVE;
    return fanout->act != ACT_NONE;
}

static bool read_created(Arena *arena, const ConversationCreated *created, Fanout *fanout)
{
    char **texts = arena_new_array(arena, char *, created->n_members);
    for (size_t i = 0; i < created->n_members; i++) texts[i] = created->members[i]->user_id;
    fanout->users = ids_of(arena, texts, created->n_members, &fanout->n_users);
    fanout->act = ACT_JOIN;
    return !id_is_none(fanout->conversation);
}

/* {"type":"ephemeral","name":...,"conversation_id":...,"data":{...}}; conversation may be ID_NONE. */
static void make_ephemeral(Arena *arena, Fanout *fanout, const char *name, const ProtobufCMessage *data)
{
    StrBuf json;
    strbuf_init(&json, arena);
    strbuf_add(&json, STR("{\"type\":\"ephemeral\""));
    add_name(&json, name);
    if (fanout->to == TO_CONVERSATION) add_conversation(&json, fanout->conversation);
    add_data(&json, data);
    fanout->frame = frame_new(FRAME_LIVE, fanout->conversation, 0, strbuf_str(&json));
}

/* "read" and "delivered" have the same form. */
static bool read_position(Arena *arena, const char *name, const DeliveredMoved *position, Fanout *fanout)
{
    fanout->to = TO_CONVERSATION;
    fanout->except = id_or_none(position->user_id);
    fanout->members_max = PRESENCE_MEMBERS_MAX;
    make_ephemeral(arena, fanout, name, &position->base);
    return true;
}

static bool read_read_moved(Arena *arena, const ReadMoved *moved, char *reader, Fanout *fanout)
{
    DeliveredMoved position = DELIVERED_MOVED__INIT;
    position.user_id = reader;
    position.seq = moved->read_seq;
    return read_position(arena, "read", &position, fanout);
}

static bool read_typing(Arena *arena, const TypingStarted *typing, Fanout *fanout)
{
    fanout->to = TO_CONVERSATION;
    fanout->except = id_or_none(typing->user_id);
    make_ephemeral(arena, fanout, "typing", &typing->base);
    return true;
}

static bool read_presence(Arena *arena, const PresenceChanged *change, Fanout *fanout)
{
    if (!change->presence) return false;
    fanout->to = TO_CONVERSATIONS;
    fanout->except = id_or_none(change->presence->user_id);
    fanout->conversations =
        ids_of(arena, change->conversation_ids, change->n_conversation_ids, &fanout->n_conversations);
    make_ephemeral(arena, fanout, "presence", &change->presence->base);
    return true;
}

static bool read_revoked(Arena *arena, const SessionRevoked *revoked, Fanout *fanout)
{
    fanout->act = ACT_REVOKE;
    fanout->auth_session = id_or_none(revoked->session_id);
    fanout->at_ms = revoked->until_ms;
    set_user(arena, fanout, id_or_none(revoked->user_id));
    return !id_is_none(fanout->auth_session);
}

bool fanout_read(Arena *arena, Str topic, Str bytes, Fanout *fanout)
{
    const Envelope *event = event_unpack(arena, bytes);
    bool is_conversation_topic = str_starts_with(topic, STR(TOPIC_CONVERSATION_PREFIX));
    if (!event) return false;
    *fanout = (Fanout){ .at_ms = event->at_ms, .conversation = id_or_none(event->conversation_id) };

    switch (event->data_case) {
    case ENVELOPE__DATA_CHANGE: return is_conversation_topic && read_change(arena, event->change, fanout);
    case ENVELOPE__DATA_FEED_CHANGE:
        return read_feed_change(arena, event->feed_change, id_or_none(event->user_id), fanout);
    case ENVELOPE__DATA_MEMBERSHIP_CHANGED: return read_membership(arena, event->membership_changed, fanout);
    case ENVELOPE__DATA_CONVERSATION_CREATED: return read_created(arena, event->conversation_created, fanout);
    case ENVELOPE__DATA_CONVERSATION_DELETED: fanout->act = ACT_DISSOLVE; return !id_is_none(fanout->conversation);
    case ENVELOPE__DATA_READ_MOVED:
        return is_conversation_topic && read_read_moved(arena, event->read_moved, event->user_id, fanout);
    case ENVELOPE__DATA_DELIVERED_MOVED:
        return is_conversation_topic && read_position(arena, "delivered", event->delivered_moved, fanout);
    case ENVELOPE__DATA_TYPING_STARTED: return read_typing(arena, event->typing_started, fanout);
    case ENVELOPE__DATA_PRESENCE_CHANGED: return read_presence(arena, event->presence_changed, fanout);
    case ENVELOPE__DATA_SESSION_REVOKED: return read_revoked(arena, event->session_revoked, fanout);
    default: return false;
    }
}

/* --- between threads --- */

static bool may_have_any(const SubscriptionFilter *filter, const Id *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (subscription_filter_may_have(filter, ids[i])) return true;
    }
    return false;
}

bool fanout_concerns(const Fanout *fanout, const SubscriptionFilter *filter)
{
    if (fanout->to == TO_CONVERSATION || fanout->act == ACT_DISSOLVE)
        return subscription_filter_may_have(filter, fanout->conversation);
    if (fanout->to == TO_CONVERSATIONS) return may_have_any(filter, fanout->conversations, fanout->n_conversations);
    if (fanout->act == ACT_REVOKE && !fanout->n_users) return true;
    return may_have_any(filter, fanout->users, fanout->n_users);
}

Fanout *fanout_copy(const Fanout *fanout)
{
    size_t users_bytes = fanout->n_users * sizeof(Id), conversations_bytes = fanout->n_conversations * sizeof(Id);
    Fanout *copy = malloc(sizeof *copy + users_bytes + conversations_bytes);
    if (!copy) abort();
    *copy = *fanout;
    Id *users = (Id *)(void *)(copy + 1), *conversations = users + fanout->n_users;
    if (users_bytes) memcpy(users, fanout->users, users_bytes);
    if (conversations_bytes) memcpy(conversations, fanout->conversations, conversations_bytes);
    copy->users = users;
    copy->conversations = conversations;
    copy->frame = fanout->frame ? frame_copy(fanout->frame) : NULL;
    return copy;
}

void fanout_free(Fanout *fanout)
{
    if (!fanout) return;
    frame_unref(fanout->frame);
    free(fanout);
}

/* --- on the loop --- */

/* The user is freed with the last client, so do not touch it after a bye. */
ON_LOOP static void end_revoked_of(const HubUser *user, Id auth_session)
{
    for (ClientSession *session = user->sessions, *next; session; session = next) {
        next = session->next_of_user;
        if (id_eq(session->auth_session, auth_session)) session_bye(session, WS_CLOSE_REVOKED, 0);
    }
}

ON_LOOP static void end_revoked(Hub *hub, const Fanout *fanout)
{
    if (fanout->n_users) {
        HubUser *user = hub_user(hub, fanout->users[0]);
        if (user) end_revoked_of(user, fanout->auth_session);
        return;
    }
    /* The owner is unknown. Closing changes the map, so search again after each. */
    for (HubUser *user = hub_user_of_session(hub, fanout->auth_session); user;
         user = hub_user_of_session(hub, fanout->auth_session))
        end_revoked_of(user, fanout->auth_session);
}

ON_LOOP static void act(Hub *hub, const Fanout *fanout)
{
    switch (fanout->act) {
    case ACT_NONE: break;
    case ACT_JOIN:
        for (size_t i = 0; i < fanout->n_users; i++)
            hub_join(hub, fanout->users[i], fanout->conversation, fanout->at_ms, fanout->news);
        break;
    case ACT_LEAVE:
        for (size_t i = 0; i < fanout->n_users; i++)
            hub_leave(hub, fanout->users[i], fanout->conversation, fanout->at_ms, fanout->news);
        break;
    case ACT_DISSOLVE: hub_dissolve(hub, fanout->conversation, fanout->at_ms); break;
    case ACT_REVOKE: end_revoked(hub, fanout); break;
    }
}

ON_LOOP static void tell_conversation(Hub *hub, const Fanout *fanout)
{
    const HubConversation *conversation = hub_conversation(hub, fanout->conversation);
    if (!conversation || (fanout->members_max && conversation->n_members > fanout->members_max)) return;
    hub_send_to_conversation(hub, fanout->conversation, fanout->frame, fanout->except);
}

void fanout_deliver(Hub *hub, const Fanout *fanout, int64_t wall_ms)
{
    act(hub, fanout);
    if (!fanout->frame) return;
    switch (fanout->to) {
    case TO_NOBODY: break;
    case TO_USERS:
        for (size_t i = 0; i < fanout->n_users; i++) hub_send_to_user(hub, fanout->users[i], fanout->frame);
        break;
    case TO_CONVERSATION: tell_conversation(hub, fanout); break;
    case TO_CONVERSATIONS:
        hub_send_to_conversations(hub, fanout->conversations, fanout->n_conversations, fanout->frame, fanout->except);
        break;
    }
    if (fanout->frame->kind == FRAME_EVENT) metric_observe(&realtime_latency, wall_ms - fanout->at_ms);
}
