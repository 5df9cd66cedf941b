/* A method of the contract: passes the message to the dispatch, which runs it on a worker; the worker sends the
 * response. */
#include "adapters/grpc/answers.h"
#include "adapters/grpc/server.h"
#include "base/limits.h"
#include "rpc/identity.h"
#include "rpc/trace.h"
#include "runtime/clock.h"

/* On the monotonic clock; 0 if the caller set none. */
static int64_t deadline_of(const ServerCall *call)
{
    gpr_timespec deadline = call->details.deadline;
    if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return 0;
    int64_t left_ms = gpr_time_to_millis(gpr_time_sub(deadline, gpr_now(deadline.clock_type)));
    return clock_monotonic_ms() + (left_ms > 0 ? left_ms : 0);
}

static void on_done(RpcCall *rpc_call)
{
    ServerCall *call = rpc_call->owner;
    charge_move(&call->held, &rpc_call->answer);
    if (rpc_call->err)
        server_call_finish(call, &(CallOutcome){ .status = (grpc_status_code)err_info(rpc_call->err)->grpc_status,
                                                 .text = str_of(rpc_call->error_text),
                                                 .err = rpc_call->err,
                                                 .retry_after_ms = rpc_call->ctx->retry_after_ms,
                                                 .identity_refused = rpc_call->identity_refused });
    else
        server_call_finish(
            call, &(CallOutcome){ .status = GRPC_STATUS_OK, .message = rpc_call->result, .has_message = true });
    rpc_call_free(rpc_call);
    server_call_unref(call);
}

/* Metadata live as long as the call, which outlives its RpcCall. */
static void introduce(ServerCall *call, RpcCall *rpc_call)
{
    Ctx *ctx = rpc_call->ctx;
    trace_take(ctx, metadata_find(&call->metadata, METADATA_TRACE));
    rpc_call->token = identity_bearer_token(metadata_find(&call->metadata, "authorization"));
    rpc_call->service_token = metadata_find(&call->metadata, METADATA_SERVICE_TOKEN);
    ctx->user_agent = metadata_find(&call->metadata, "user-agent");
    if (rpc_call->service_token.len) {
        /* Trusted only with a valid token; with an invalid one the call does not run. */
        ctx->peer = metadata_find(&call->metadata, METADATA_CLIENT_ADDRESS);
        ctx->user_agent = metadata_find(&call->metadata, METADATA_CLIENT_AGENT);
    }
    if (!ctx->peer.len) ctx->peer = server_call_peer(call, ctx->arena);
}

/* Calls from our own processes were charged to their callers there. False: the call is answered. */
static bool charge_request(ServerCall *call, RpcCall *rpc_call)
{
    char key[CALLER_KEY_MAX];
    Rpc *rpc = server_rpc(call->server);
    Budget *bytes = rpc_limits(rpc)->bytes;
    if (!bytes || rpc_call->service_token.len) return true;
    Str payer = rpc_payer(rpc, rpc_call->token, rpc_call->ctx->peer, key);
    Err err = caller_budget_check(rpc_call->ctx, budget_take(bytes, payer, rpc_call->body.len, &rpc_call->held));
    if (!err) return true;
    server_call_fail(call, err, str_of(rpc_call->ctx->err_text));
    rpc_call_free(rpc_call);
    server_call_unref(call);
    return false;
}

static void on_message(ServerCall *call, bool ok)
{
    if (!ok) { /* over the limit, cancelled, or closed without a message */
        server_call_fail(call, ERR_INVALID, STR("the call ended without a message"));
        server_call_unref(call);
        return;
    }
    RpcCall *rpc_call = rpc_call_new(server_rpc(call->server), call->method);
    rpc_call->format = RPC_PROTOBUF;
    rpc_call->body = server_call_message(call, rpc_call->ctx->arena);
    rpc_call->ctx->deadline_ms = deadline_of(call);
    introduce(call, rpc_call);
    rpc_call->given_up = &call->given_up;
    rpc_call->owner = call;
    rpc_call->done = on_done;
    if (!charge_request(call, rpc_call)) return;
    rpc_start(rpc_call);
}

void unary_start(ServerCall *call)
{
    server_call_ref(call);
    server_call_receive(call, on_message);
}
