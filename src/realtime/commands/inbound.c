/* Client frames and their cost. See inbound.h. */
#include "realtime/commands/inbound.h"

#include <jansson.h>

#include "api_types.h"
#include "realtime/commands/calls.h"
#include "realtime/commands/handshake.h"
#include "realtime/commands/renewal.h"
#include "realtime/commands/typing.h"
#include "realtime/hub/audience.h"
#include "realtime/upstream/edge.h"
#include "rpc/json_cut.h"
#include "rpc/transcode.h"

typedef struct FrameType {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
    bool is_greeting; /* must be the first and only the first */
    uint8_t tokens;   /* of the socket's rate, whatever its size */
    void (*on_frame)(ClientSession *session, Ctx *ctx, const ProtobufCMessage *message, Str params);
} FrameType;

static void on_hello(ClientSession *session, Ctx *ctx, const ProtobufCMessage *message, Str params)
{
    thread_role_assert(THREAD_LOOP);
    handshake_begin(session, (const Hello *)message);
}

static void on_call(ClientSession *session, Ctx *ctx, const ProtobufCMessage *message, Str params)
{
    thread_role_assert(THREAD_LOOP);
    const Call *call = (const Call *)message;
    const RpcMethod *method = rpc_find(hub_of(session)->realtime->rpc, str_of(call->method));
    if (!method)
        session_answer_error(session, call->id, ERR_NOT_FOUND, STR("there is no such method"), 0);
    else if (calls_add(session, ctx, call->id, method, params))
        session_answer_error(session, call->id, ctx->err, str_of(ctx->err_text), ctx->retry_after_ms);
}

static void on_auth(ClientSession *session, Ctx *ctx, const ProtobufCMessage *message, Str params)
{
    const Auth *auth = (const Auth *)message;
    renewal_begin(session, auth->id, str_of(auth->token));
}

static void on_typing(ClientSession *session, Ctx *ctx, const ProtobufCMessage *message, Str params)
{
    Id conversation;
    if (session_token_has_ended(session))
        session_answer_error(session, 0, ERR_UNAUTHENTICATED, STR("access token: it has expired"), 0);
    else if (id_parse(str_of(((const Typing *)message)->conversation_id), &conversation))
        typing_publish(session, conversation);
    else
        session_answer_error(session, 0, ERR_INVALID, STR("conversation_id: not a UUID"), 0);
}

static void on_focus(ClientSession *session, Ctx *ctx, const ProtobufCMessage *message, Str params)
{
    const Focus *focus = (const Focus *)message;
    Id conversations[WS_FOCUS_MAX];
    if (focus->n_conversation_ids > WS_FOCUS_MAX) {
        session_answer_error(session, 0, ERR_INVALID, STR("conversation_ids: more than 16"), 0);
        return;
    }
    for (size_t i = 0; i < focus->n_conversation_ids; i++) {
        if (id_parse(str_of(focus->conversation_ids[i]), &conversations[i])) continue;
        session_answer_error(session, 0, ERR_INVALID, STR("conversation_ids: not a UUID"), 0);
        return;
    }
    audience_focus(hub_of(session), session, conversations, (uint32_t)focus->n_conversation_ids);
}

static void on_ping(ClientSession *session, Ctx *ctx, const ProtobufCMessage *message, Str params)
{
    session_confirm(session, ((const Ping *)message)->n);
    session_answer_ping(session);
}

#define AUTH_TOKENS 10 /* it verifies a signature */

static const FrameType types[] = {
    { "hello", &hello__descriptor, true, 1, on_hello },         { "call", &call__descriptor, false, 1, on_call },
    { "auth", &auth__descriptor, false, AUTH_TOKENS, on_auth }, { "typing", &typing__descriptor, false, 1, on_typing },
    { "focus", &focus__descriptor, false, 1, on_focus },        { "ping", &ping__descriptor, false, 1, on_ping },
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

/* Takes tokens from a bucket that may go negative: then every frame is answered with an error, and at a lower bound the
 * socket is closed. Returns the remainder, in thousandths of a frame. */
static int64_t spend(ClientSession *session, size_t tokens)
{
    const RealtimeConfig *config = hub_of(session)->config;
    int64_t full = (int64_t)config->frames_burst * 1000;
    int64_t level = session->bucket + (int64_t)session_age(session, session->bucket_at) * config->frames_per_s;
    if (level > full) level = full;
    level -= 1000 * (int64_t)tokens;
    if (level < -full) level = -full;
    session->bucket = (int32_t)level;
    session->bucket_at = (uint32_t)session->all->now_ms;
    return level;
}

static uint32_t wait_ms(const ClientSession *session, int64_t level)
{
    return (uint32_t)(-level / hub_of(session)->config->frames_per_s) + 1;
}

/* False: ignore the frame; the socket may have been closed. */
ON_LOOP static bool may_speak(ClientSession *session, size_t tokens, uint32_t id)
{
    const RealtimeConfig *config = hub_of(session)->config;
    if (!config->rate_limits) return true;
    int64_t level = spend(session, tokens);
    if (level >= 0) return true;
    if (level <= -(int64_t)config->frames_burst * 1000)
        session_bye(session, WS_CLOSE_RATE, wait_ms(session, level));
    else
        session_answer_error(session, id, ERR_RATE_LIMITED, STR("too many frames"), wait_ms(session, level));
    return false;
}

bool inbound_control(ClientSession *session)
{
    thread_role_assert(THREAD_LOOP);
    const RealtimeConfig *config = hub_of(session)->config;
    if (!config->rate_limits) return true;
    int64_t level = spend(session, 1);
    if (level <= -(int64_t)config->frames_burst * 1000) session_bye(session, WS_CLOSE_RATE, wait_ms(session, level));
    return level >= 0;
}

/* Fields of the frame that are not fields of the message. */
static const char *const raw_fields[] = { "type", "params", NULL };

typedef struct InboundFrame {
    ClientSession *session;
    Ctx *ctx;
    size_t len;
    Str params;   /* unparsed */
    json_t *json; /* the rest, with null for params */
} InboundFrame;

ON_LOOP static void take_frame(const InboundFrame *frame)
{
    ClientSession *session = frame->session;
    Ctx *ctx = frame->ctx;
    const FrameType *type = type_of(frame->json);
    const json_t *params =
        json_object_get(frame->json, "params"); /* present only if its name was written with escapes */
    if (!type || type->is_greeting != (session->state == SESSION_HELLO) || (params && !json_is_null(params))) {
        session_bye(session, WS_CLOSE_BAD_FRAME, 0);
        return;
    }
    uint32_t id = id_of(frame->json);
    if (!may_speak(session, type->tokens + frame->len / RPC_BYTES_PER_TOKEN, id)) return;
    ProtobufCMessage *message = message_new(ctx->arena, type->descriptor);
    if (!transcode_from_json(ctx, frame->json, raw_fields, message)) {
        type->on_frame(session, ctx, message, frame->params);
    } else if (type->is_greeting) {
        session_bye(session, WS_CLOSE_BAD_FRAME, 0);
    } else {
        session_answer_error(session, id, ERR_INVALID, str_of(ctx->err_text), 0);
    }
}

void inbound_frame(ClientSession *session, Str text)
{
    thread_role_assert(THREAD_LOOP);
    Ctx ctx = { .arena = arena_new(), .method = "realtime.frame" };
    InboundFrame frame = { .session = session, .ctx = &ctx, .len = text.len };
    Str envelope;
    session_hold(session);
    frame.params = json_cut_member(ctx.arena, text, STR("params"), &envelope);
    if (envelope.len > WS_ENVELOPE_MAX)
        session_bye(session, WS_CLOSE_TOO_LARGE, 0);
    else if (json_parse_object(&ctx, envelope, &frame.json) == OK)
        take_frame(&frame);
    else
        session_bye(session, WS_CLOSE_BAD_FRAME, 0);
    json_decref(frame.json);
    arena_free(ctx.arena);
    session_release(session);
}
