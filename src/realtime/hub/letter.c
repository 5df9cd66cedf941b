/* From an envelope to what a hub does. See letter.h. */
#include "realtime/hub/letter.h"

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

static void set_user(Arena *arena, Letter *letter, Id user)
{
    letter->users = arena_copy(arena, &user, sizeof user);
    letter->n_users = id_is_none(user) ? 0 : 1;
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

static bool read_change(Arena *arena, const Change *change, Letter *letter)
{
    StrBuf json;
    if (id_is_none(letter->conversation)) return false;
    strbuf_init(&json, arena);
    add_name(&json, change->name);
    add_conversation(&json, letter->conversation);
    add_number(&json, STR(",\"rev\":"), change->rev);
    if (change->seq) add_number(&json, STR(",\"seq\":"), change->seq);
    add_time(&json, change->created_at);
    add_tag(&json, change->tag);
    add_data(&json, change->data ? &change->data->base : NULL);
    letter->to = TO_CONVERSATION;
    letter->frame = frame_new(FRAME_EVENT, letter->conversation, change->rev, strbuf_str(&json));
    letter->frame->seq = change->seq;
    return true;
}

/* The feed says again what group has said, later but surely: whoever missed the one hears the other. */
static void read_feed_membership(const FeedChange *change, Letter *letter)
{
    const FeedData *data = change->data;
    if (!data || data->kind_case != FEED_DATA__KIND_MEMBERSHIP) return;
    Str name = str_of(change->name);
    letter->conversation = id_or_none(data->membership->conversation_id);
    letter->news = NEWS_SECOND_HAND;
    letter->at_ms = timestamp_ms(change->created_at);
    if (str_eq(name, STR("conversation.joined"))) letter->act = ACT_JOIN;
    if (str_eq(name, STR("conversation.left"))) letter->act = ACT_LEAVE;
    if (str_eq(name, STR("conversation.deleted"))) letter->act = ACT_LEAVE;
}

static bool read_feed_change(Arena *arena, const FeedChange *change, Id user, Letter *letter)
{
    StrBuf json;
    strbuf_init(&json, arena);
    add_name(&json, change->name);
    add_number(&json, STR(",\"urev\":"), change->urev);
    add_time(&json, change->created_at);
    add_tag(&json, change->tag);
    add_data(&json, change->data ? &change->data->base : NULL);
    set_user(arena, letter, user);
    letter->to = TO_USERS;
    letter->frame = frame_new(FRAME_EVENT, ID_NONE, change->urev, strbuf_str(&json));
    read_feed_membership(change, letter);
    return true;
}

static bool read_membership(Arena *arena, const MembershipChanged *change, Letter *letter)
{
    if (!change->member || id_is_none(letter->conversation)) return false;
    Str what = str_of(change->change);
    set_user(arena, letter, id_or_none(change->member->user_id));
    if (str_eq(what, STR("member.added"))) letter->act = ACT_JOIN;
    if (str_eq(what, STR("member.removed"))) letter->act = ACT_LEAVE;
    return letter->act != ACT_NONE;
}

static bool read_created(Arena *arena, const ConversationCreated *created, Letter *letter)
{
    char **texts = arena_new_array(arena, char *, created->n_members);
    for (size_t i = 0; i < created->n_members; i++) texts[i] = created->members[i]->user_id;
    letter->users = ids_of(arena, texts, created->n_members, &letter->n_users);
    letter->act = ACT_JOIN;
    return !id_is_none(letter->conversation);
}

/* {"type":"ephemeral","name":...,"conversation_id":...,"data":{...}}; conversation may be ID_NONE. */
static void make_ephemeral(Arena *arena, Letter *letter, const char *name, const ProtobufCMessage *data)
{
    StrBuf json;
    strbuf_init(&json, arena);
    strbuf_add(&json, STR("{\"type\":\"ephemeral\""));
    add_name(&json, name);
    if (letter->to == TO_CONVERSATION) add_conversation(&json, letter->conversation);
    add_data(&json, data);
    letter->frame = frame_new(FRAME_LIVE, letter->conversation, 0, strbuf_str(&json));
}

/* "read" and "delivered" are told in the same words. */
static bool read_position(Arena *arena, const char *name, const DeliveredMoved *position, Letter *letter)
{
    letter->to = TO_CONVERSATION;
    letter->except = id_or_none(position->user_id);
    letter->members_max = PRESENCE_MEMBERS_MAX;
    make_ephemeral(arena, letter, name, &position->base);
    return true;
}

static bool read_read_moved(Arena *arena, const ReadMoved *moved, char *reader, Letter *letter)
{
    DeliveredMoved position = DELIVERED_MOVED__INIT;
    position.user_id = reader;
    position.seq = moved->read_seq;
    return read_position(arena, "read", &position, letter);
}

static bool read_typing(Arena *arena, const TypingStarted *typing, Letter *letter)
{
    letter->to = TO_CONVERSATION;
    letter->except = id_or_none(typing->user_id);
    make_ephemeral(arena, letter, "typing", &typing->base);
    return true;
}

static bool read_presence(Arena *arena, const PresenceChanged *change, Letter *letter)
{
    if (!change->presence) return false;
    letter->to = TO_CONVERSATIONS;
    letter->except = id_or_none(change->presence->user_id);
    letter->conversations =
        ids_of(arena, change->conversation_ids, change->n_conversation_ids, &letter->n_conversations);
    make_ephemeral(arena, letter, "presence", &change->presence->base);
    return true;
}

static bool read_revoked(Arena *arena, const SessionRevoked *revoked, Letter *letter)
{
    letter->act = ACT_REVOKE;
    letter->session = id_or_none(revoked->session_id);
    letter->at_ms = revoked->until_ms;
    set_user(arena, letter, id_or_none(revoked->user_id));
    return !id_is_none(letter->session);
}

bool letter_read(Arena *arena, Str topic, Str bytes, Letter *letter)
{
    const Envelope *event = event_unpack(arena, bytes);
    bool is_conversation_topic = str_starts_with(topic, STR(TOPIC_CONVERSATION_PREFIX));
    if (!event) return false;
    *letter = (Letter){ .at_ms = event->at_ms, .conversation = id_or_none(event->conversation_id) };

    switch (event->data_case) {
    case ENVELOPE__DATA_CHANGE: return is_conversation_topic && read_change(arena, event->change, letter);
    case ENVELOPE__DATA_FEED_CHANGE:
        return read_feed_change(arena, event->feed_change, id_or_none(event->user_id), letter);
    case ENVELOPE__DATA_MEMBERSHIP_CHANGED: return read_membership(arena, event->membership_changed, letter);
    case ENVELOPE__DATA_CONVERSATION_CREATED: return read_created(arena, event->conversation_created, letter);
    case ENVELOPE__DATA_CONVERSATION_DELETED: letter->act = ACT_DISSOLVE; return !id_is_none(letter->conversation);
    case ENVELOPE__DATA_READ_MOVED:
        return is_conversation_topic && read_read_moved(arena, event->read_moved, event->user_id, letter);
    case ENVELOPE__DATA_DELIVERED_MOVED:
        return is_conversation_topic && read_position(arena, "delivered", event->delivered_moved, letter);
    case ENVELOPE__DATA_TYPING_STARTED: return read_typing(arena, event->typing_started, letter);
    case ENVELOPE__DATA_PRESENCE_CHANGED: return read_presence(arena, event->presence_changed, letter);
    case ENVELOPE__DATA_SESSION_REVOKED: return read_revoked(arena, event->session_revoked, letter);
    default: return false;
    }
}

/* --- on its way --- */

static bool may_have_any(const Interest *interest, const Id *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (interest_may_have(interest, ids[i])) return true;
    }
    return false;
}

bool letter_concerns(const Letter *letter, const Interest *interest)
{
    if (letter->to == TO_CONVERSATION || letter->act == ACT_DISSOLVE)
        return interest_may_have(interest, letter->conversation);
    if (letter->to == TO_CONVERSATIONS) return may_have_any(interest, letter->conversations, letter->n_conversations);
    if (letter->act == ACT_REVOKE && !letter->n_users) return true;
    return may_have_any(interest, letter->users, letter->n_users);
}

Letter *letter_copy(const Letter *letter)
{
    size_t users_bytes = letter->n_users * sizeof(Id), conversations_bytes = letter->n_conversations * sizeof(Id);
    Letter *copy = malloc(sizeof *copy + users_bytes + conversations_bytes);
    if (!copy) abort();
    *copy = *letter;
    Id *users = (Id *)(void *)(copy + 1), *conversations = users + letter->n_users;
    if (users_bytes) memcpy(users, letter->users, users_bytes);
    if (conversations_bytes) memcpy(conversations, letter->conversations, conversations_bytes);
    copy->users = users;
    copy->conversations = conversations;
    copy->frame = letter->frame ? frame_copy(letter->frame) : NULL;
    return copy;
}

void letter_free(Letter *letter)
{
    if (!letter) return;
    frame_unref(letter->frame);
    free(letter);
}

/* --- on the loop --- */

/* The user goes with the last client, so nothing of it is touched behind a bye. */
static void end_revoked_of(const HubUser *user, Id session)
{
    for (Client *client = user->clients, *next; client; client = next) {
        next = client->next_of_user;
        if (id_eq(client->auth_session, session)) client_bye(client, WS_CLOSE_REVOKED, 0);
    }
}

static void end_revoked(Hub *hub, const Letter *letter)
{
    if (letter->n_users) {
        HubUser *user = hub_user(hub, letter->users[0]);
        if (user) end_revoked_of(user, letter->session);
        return;
    }
    /* Nobody said whose it was. Closing changes the map, so look again after each. */
    for (HubUser *user = hub_user_of_session(hub, letter->session); user;
         user = hub_user_of_session(hub, letter->session))
        end_revoked_of(user, letter->session);
}

static void act(Hub *hub, const Letter *letter)
{
    switch (letter->act) {
    case ACT_NONE: break;
    case ACT_JOIN:
        for (size_t i = 0; i < letter->n_users; i++)
            hub_join(hub, letter->users[i], letter->conversation, letter->at_ms, letter->news);
        break;
    case ACT_LEAVE:
        for (size_t i = 0; i < letter->n_users; i++)
            hub_leave(hub, letter->users[i], letter->conversation, letter->at_ms, letter->news);
        break;
    case ACT_DISSOLVE: hub_dissolve(hub, letter->conversation, letter->at_ms); break;
    case ACT_REVOKE: end_revoked(hub, letter); break;
    }
}

static void tell_conversation(Hub *hub, const Letter *letter)
{
    const HubConversation *conversation = hub_conversation(hub, letter->conversation);
    if (!conversation || (letter->members_max && conversation->n_members > letter->members_max)) return;
    hub_tell_conversation(hub, letter->conversation, letter->frame, letter->except);
}

void letter_deliver(Hub *hub, const Letter *letter, int64_t wall_ms)
{
    act(hub, letter);
    if (!letter->frame) return;
    switch (letter->to) {
    case TO_NOBODY: break;
    case TO_USERS:
        for (size_t i = 0; i < letter->n_users; i++) hub_tell_user(hub, letter->users[i], letter->frame);
        break;
    case TO_CONVERSATION: tell_conversation(hub, letter); break;
    case TO_CONVERSATIONS:
        hub_tell_conversations(hub, letter->conversations, letter->n_conversations, letter->frame, letter->except);
        break;
    }
    if (letter->frame->kind == FRAME_EVENT) metric_observe(&realtime_latency, wall_ms - letter->at_ms);
}
