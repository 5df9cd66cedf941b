/* Calls from clients, through the one dispatch. See calls.h. */
#include "realtime/commands/calls.h"

#include <stdlib.h>

#include "realtime/upstream/edge.h"

typedef struct WaitingCall {
    struct WaitingCall *next;
    uint32_t id;
    const RpcMethod *method;
    Charge held;
    size_t params_len;
    char params[];
} WaitingCall;

struct ClientCalls {
    WaitingCall *first, *last;
    uint32_t n_waiting;
    uint32_t running_id;
    bool is_running, is_paused;
};

static void start_next(Client *client);

static WaitingCall *take_first(ClientCalls *calls)
{
    WaitingCall *call = calls->first;
    calls->first = call->next;
    if (!calls->first) calls->last = NULL;
    calls->n_waiting--;
    return call;
}

static void answer(Client *client, uint32_t id, RpcCall *call)
{
    if (call->err) {
        client_answer_error(client, id, call->err, str_of(call->error_text), call->ctx->retry_after_ms);
        return;
    }
    StrBuf json;
    strbuf_init(&json, call->ctx->arena);
    strbuf_fmt(&json, "{\"type\":\"result\",\"id\":%u,\"result\":", id);
    strbuf_add(&json, call->result);
    strbuf_add_char(&json, '}');
    client_answer_charged(client, strbuf_str(&json), &call->answer);
}

static void on_done(RpcCall *call)
{
    Client *client = call->owner;
    Realtime *realtime = hub_of(client)->realtime;
    if (client->state == CLIENT_LIVE && client->calls) {
        hub_enter(hub_of(client));
        client->calls->is_running = false;
        answer(client, client->calls->running_id, call);
        start_next(client);
    }
    rpc_call_free(call);
    client_release(client);
    edge_job_done(realtime);
}

static void start(Client *client, WaitingCall *waiting)
{
    Realtime *realtime = hub_of(client)->realtime;
    RpcCall *call = rpc_call_new(realtime->rpc, waiting->method);
    call->body = str_dup(call->ctx->arena, (Str){ waiting->params, waiting->params_len });
    charge_move(&call->held, &waiting->held);
    call->ctx->actor = (Actor){
        .kind = ACTOR_USER, .admin = client->is_admin, .user = client->user->id, .session = client->auth_session
    };
    call->actor_known = true;
    call->ctx->peer = str_dup(call->ctx->arena, str_of(client->peer));
    call->loop = hub_of(client)->loop;
    call->done = on_done;
    call->owner = client_hold(client);
    edge_job_begin(realtime);
    client->calls->is_running = true;
    client->calls->running_id = waiting->id;
    free(waiting);
    rpc_start(call);
}

/* The client does not read its answers. */
static bool is_backed_up(const Client *client)
{
    return client->is_busy && (client->has_answer_out || client->out.own_bytes > hub_of(client)->config->soft_bytes);
}

static void free_waiting(WaitingCall *waiting)
{
    charge_release(&waiting->held);
    free(waiting);
}

/* With a token that has ended nothing is done any more, however long the socket may still get events. */
static void start_or_refuse(Client *client, WaitingCall *waiting)
{
    if (!client_token_has_ended(client)) {
        start(client, waiting);
        return;
    }
    client_answer_error(client, waiting->id, ERR_UNAUTHENTICATED, STR("access token: it has expired"), 0);
    free_waiting(waiting);
}

/* Starts the next one, unless answers pile up at the socket; an idle client keeps nothing. */
static void start_next(Client *client)
{
    ClientCalls *calls = client->calls;
    if (calls->is_running) return;
    while (calls->first && !calls->is_running && !is_backed_up(client)) start_or_refuse(client, take_first(calls));
    if (calls->is_paused && calls->n_waiting < WS_CALLS_QUEUED_MAX) {
        calls->is_paused = false;
        ws_read_pause(client->conn, false);
    }
    if (calls->is_running || calls->first) return;
    free(calls);
    client->calls = NULL;
}

Err calls_add(Client *client, Ctx *ctx, uint32_t id, const RpcMethod *method, Str params)
{
    char key[CALLER_KEY_MAX];
    Charge held = { 0 };
    Budget *bytes = hub_of(client)->config->limits.bytes;
    size_t size = sizeof(WaitingCall) + params.len;
    if (bytes) {
        Err err = caller_budget_check(ctx, budget_take(bytes, caller_key_of_user(client->user->id, key), size, &held));
        if (err) return err;
    }
    WaitingCall *call = malloc(size);
    if (!call) abort();
    *call = (WaitingCall){ .id = id, .method = method, .held = held, .params_len = params.len };
    if (params.len) memcpy(call->params, params.ptr, params.len);
    if (!client->calls) client->calls = calloc(1, sizeof *client->calls);
    ClientCalls *calls = client->calls;
    if (!calls) abort();
    if (calls->last)
        calls->last->next = call;
    else
        calls->first = call;
    calls->last = call;
    calls->n_waiting++;
    if (calls->n_waiting >= WS_CALLS_QUEUED_MAX && !calls->is_paused) {
        calls->is_paused = true;
        ws_read_pause(client->conn, true);
    }
    start_next(client);
    return OK;
}

void calls_resume(Client *client)
{
    if (client->calls) start_next(client);
}

void calls_drop(Client *client)
{
    if (!client->calls) return;
    while (client->calls->first) free_waiting(take_first(client->calls));
    free(client->calls);
    client->calls = NULL;
}
