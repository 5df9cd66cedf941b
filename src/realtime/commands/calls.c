/* Client calls, through the one dispatch. See calls.h. */
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

struct SessionCalls {
    WaitingCall *first, *last;
    uint32_t n_waiting;
    uint32_t running_id;
    bool is_running, is_paused;
};

ON_LOOP static void start_next(ClientSession *session);

static WaitingCall *take_first(SessionCalls *calls)
{
    WaitingCall *call = calls->first;
    calls->first = call->next;
    if (!calls->first) calls->last = NULL;
    calls->n_waiting--;
    return call;
}

static void answer(ClientSession *session, uint32_t id, RpcCall *call)
{
    if (call->err) {
        session_answer_error(session, id, call->err, str_of(call->error_text), call->ctx->retry_after_ms);
        return;
    }
    StrBuf json;
    strbuf_init(&json, call->ctx->arena);
    strbuf_fmt(&json, "{\"type\":\"result\",\"id\":%u,\"result\":", id);
    strbuf_add(&json, call->result);
    strbuf_add_char(&json, '}');
    session_answer_charged(session, strbuf_str(&json), &call->answer);
}

static void on_done(RpcCall *call)
{
    thread_role_assert(THREAD_LOOP);
    ClientSession *session = call->owner;
    Realtime *realtime = hub_of(session)->realtime;
    if (session->state == SESSION_LIVE && session->calls) {
        hub_enter(hub_of(session));
        session->calls->is_running = false;
        answer(session, session->calls->running_id, call);
        start_next(session);
    }
    rpc_call_free(call);
    session_release(session);
    edge_job_done(realtime);
}

static void start(ClientSession *session, WaitingCall *waiting)
{
    Realtime *realtime = hub_of(session)->realtime;
    RpcCall *call = rpc_call_new(realtime->rpc, waiting->method);
    call->body = str_dup(call->ctx->arena, (Str){ waiting->params, waiting->params_len });
    charge_move(&call->held, &waiting->held);
    call->ctx->actor = (Actor){
        .kind = ACTOR_USER, .admin = session->is_admin, .user = session->user->id, .session = session->auth_session
    };
    call->actor_known = true;
    call->ctx->peer = str_dup(call->ctx->arena, str_of(session->peer));
    call->loop = hub_of(session)->loop;
    call->done = on_done;
    call->owner = session_hold(session);
    edge_job_begin(realtime);
    session->calls->is_running = true;
    session->calls->running_id = waiting->id;
    free(waiting);
    rpc_start(call);
}

/* Whether the client does not read its responses. */
static bool is_backed_up(const ClientSession *session)
{
    return session->is_busy &&
           (session->has_answer_out || session->out.own_bytes > hub_of(session)->config->soft_bytes);
}

static void free_waiting(WaitingCall *waiting)
{
    charge_release(&waiting->held);
    free(waiting);
}

/* Refuses calls once the token has expired, even though the socket may still receive events for a while. */
static void start_or_refuse(ClientSession *session, WaitingCall *waiting)
{
    if (!session_token_has_ended(session)) {
        start(session, waiting);
        return;
    }
    session_answer_error(session, waiting->id, ERR_UNAUTHENTICATED, STR("access token: it has expired"), 0);
    free_waiting(waiting);
}

/* Starts the next call, unless responses pile up at the socket; frees the queue of an idle client. */
ON_LOOP static void start_next(ClientSession *session)
{
    SessionCalls *calls = session->calls;
    if (calls->is_running) return;
    while (calls->first && !calls->is_running && !is_backed_up(session)) start_or_refuse(session, take_first(calls));
    if (calls->is_paused && calls->n_waiting < WS_CALLS_QUEUED_MAX) {
        calls->is_paused = false;
        ws_read_pause(session->conn, false);
    }
    if (calls->is_running || calls->first) return;
    free(calls);
    session->calls = NULL;
}

Err calls_add(ClientSession *session, Ctx *ctx, uint32_t id, const RpcMethod *method, Str params)
{
    char key[CALLER_KEY_MAX];
    Charge held = { 0 };
    Budget *bytes = hub_of(session)->config->limits.bytes;
    size_t size = sizeof(WaitingCall) + params.len;
    if (bytes) {
        Err err = caller_budget_check(ctx, budget_take(bytes, caller_key_of_user(session->user->id, key), size, &held));
        if (err) return err;
    }
    WaitingCall *call = malloc(size);
    if (!call) abort();
    *call = (WaitingCall){ .id = id, .method = method, .held = held, .params_len = params.len };
    if (params.len) memcpy(call->params, params.ptr, params.len);
    if (!session->calls) session->calls = calloc(1, sizeof *session->calls);
    SessionCalls *calls = session->calls;
    if (!calls) abort();
    if (calls->last)
        calls->last->next = call;
    else
        calls->first = call;
    calls->last = call;
    calls->n_waiting++;
    if (calls->n_waiting >= WS_CALLS_QUEUED_MAX && !calls->is_paused) {
        calls->is_paused = true;
        ws_read_pause(session->conn, true);
    }
    start_next(session);
    return OK;
}

void calls_resume(ClientSession *session)
{
    thread_role_assert(THREAD_LOOP);
    if (session->calls) start_next(session);
}

void calls_drop(ClientSession *session)
{
    if (!session->calls) return;
    while (session->calls->first) free_waiting(take_first(session->calls));
    free(session->calls);
    session->calls = NULL;
}
