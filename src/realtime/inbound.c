/* What a client may say, and the price of saying too much. See inbound.h. */
#include "realtime/inbound.h"

#include <jansson.h>

#include "api_types.h"
#include "realtime/calls.h"
#include "realtime/crowd.h"
#include "realtime/edge.h"
#include "realtime/opening.h"
#include "realtime/renewal.h"
#include "realtime/typing.h"
#include "rpc/transcode.h"

typedef struct FrameType {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
    bool is_greeting; /* must be the first and only the first */
    void (*on_frame)(Client *client, json_t *json, const ProtobufCMessage *message);
} FrameType;

static void on_hello(Client *client, json_t *json, const ProtobufCMessage *message)
{
    opening_begin(client, (const Hello *)message);
}

static void on_call(Client *client, json_t *json, const ProtobufCMessage *message)
{
    const Call *call = (const Call *)message;
    json_t *params = json_object_get(json, "params");
    const RpcMethod *method = rpc_find(client->hub->realtime->rpc, str_of(call->method));
    if (!method) {
        client_answer_error(client, call->id, ERR_NOT_FOUND, STR("there is no such method"), 0);
    } else if (params && !json_is_object(params)) {
        client_answer_error(client, call->id, ERR_INVALID, STR("params: not an object"), 0);
    } else {
        calls_add(client, call->id, method, params ? json_incref(params) : json_object());
    }
}

static void on_auth(Client *client, json_t *json, const ProtobufCMessage *message)
{
    const Auth *auth = (const Auth *)message;
    renewal_begin(client, auth->id, str_of(auth->token));
}

static void on_typing(Client *client, json_t *json, const ProtobufCMessage *message)
{
    Id conversation;
    if (id_parse(str_of(((const Typing *)message)->conversation_id), &conversation))
        typing_tell(client, conversation);
    else
        client_answer_error(client, 0, ERR_INVALID, STR("conversation_id: not a UUID"), 0);
}

static void on_focus(Client *client, json_t *json, const ProtobufCMessage *message)
{
    const Focus *focus = (const Focus *)message;
    Id conversations[WS_FOCUS_MAX];
    if (focus->n_conversation_ids > WS_FOCUS_MAX) {
        client_answer_error(client, 0, ERR_INVALID, STR("conversation_ids: more than 16"), 0);
        return;
    }
    for (size_t i = 0; i < focus->n_conversation_ids; i++) {
        if (id_parse(str_of(focus->conversation_ids[i]), &conversations[i])) continue;
        client_answer_error(client, 0, ERR_INVALID, STR("conversation_ids: not a UUID"), 0);
        return;
    }
    crowd_focus(client->hub, client, conversations, (uint32_t)focus->n_conversation_ids);
}

static void on_ping(Client *client, json_t *json, const ProtobufCMessage *message)
{
    client_confirm(client, ((const Ping *)message)->n);
    client_answer_ping(client);
}

static const FrameType types[] = {
    { "hello", &hello__descriptor, true, on_hello },  { "call", &call__descriptor, false, on_call },
    { "auth", &auth__descriptor, false, on_auth },    { "typing", &typing__descriptor, false, on_typing },
    { "focus", &focus__descriptor, false, on_focus }, { "ping", &ping__descriptor, false, on_ping },
};

static const FrameType *type_of(const json_t *json)
{
    const json_t *type = json_object_get(json, "type");
    Str name = { json_string_value(type), json_string_length(type) };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(name, str_of(types[i].name))) return &types[i];
    }
    return NULL;
}

static uint32_t id_of(const json_t *json)
{
    json_int_t id = json_integer_value(json_object_get(json, "id"));
    return id > 0 && id <= UINT32_MAX ? (uint32_t)id : 0;
}

/* A bucket that may go below empty: down there every frame is answered with an error, at the bottom the socket ends.
 * False: the frame does not count. */
static bool may_speak(Client *client, const json_t *json)
{
    const RealtimeConfig *config = client->hub->config;
    if (!config->rate_limits) return true;
    int64_t full = (int64_t)config->frames_burst * 1000;
    int64_t level = client->bucket + (int64_t)client_age(client, client->bucket_at) * config->frames_per_s;
    if (level > full) level = full;
    level -= 1000;
    client->bucket = (int32_t)(level < -full ? -full : level);
    client->bucket_at = (uint32_t)client->hub->now_ms;
    if (level >= 0) return true;

    uint32_t wait_ms = (uint32_t)(-level / config->frames_per_s) + 1;
    if (level <= -full)
        client_bye(client, WS_CLOSE_RATE, wait_ms);
    else
        client_answer_error(client, id_of(json), ERR_RATE_LIMITED, STR("too many frames"), wait_ms);
    return false;
}

/* Fields of the frame that are not the message's, or are taken as JSON. */
static const char *const raw_fields[] = { "type", "params", NULL };

static void take_frame(Client *client, Ctx *ctx, json_t *json)
{
    const FrameType *type = type_of(json);
    if (!type || type->is_greeting != (client->state == CLIENT_HELLO)) {
        client_bye(client, WS_CLOSE_BAD_FRAME, 0);
        return;
    }
    if (!may_speak(client, json)) return;
    ProtobufCMessage *message = message_new(ctx->arena, type->descriptor);
    if (!transcode_from_json(ctx, json, raw_fields, message)) {
        type->on_frame(client, json, message);
    } else if (type->is_greeting) {
        client_bye(client, WS_CLOSE_BAD_FRAME, 0);
    } else {
        client_answer_error(client, id_of(json), ERR_INVALID, str_of(ctx->err_text), 0);
    }
}

void inbound_frame(Client *client, Str text)
{
    Ctx ctx = { .arena = arena_new(), .method = "realtime.frame" };
    json_t *json = NULL;
    client_hold(client);
    if (json_parse_object(&ctx, text, &json) == OK)
        take_frame(client, &ctx, json);
    else
        client_bye(client, WS_CLOSE_BAD_FRAME, 0);
    json_decref(json);
    arena_free(ctx.arena);
    client_release(client);
}
