/* The client for a service hosted by another process. A call is one batch, started by the worker that waits for it and
 * completed by a thread of the engine, which wakes the worker. Everything the call needs lives on the worker's stack
 * and in its arena, except data that the library may read after the call's end, which is copied. bulkhead.h bounds how
 * many wait. */
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/grpc/bulkhead.h"
#include "adapters/grpc/channel.h"
#include "adapters/grpc/engine.h"
#include "adapters/grpc/grpc_limits.h"
#include "adapters/grpc/status.h"
#include "base/limits.h"
#include "ports/labelled_metric.h"
#include "rpc/trace.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"
#include "runtime/futex.h"

#define METADATA_SENT_MAX 4
#define TRIES_MAX         4 /* if peers stop one after another */

typedef struct GrpcClient {
    RpcClient base;
    Grpc *grpc;
    const RpcService *service;
    grpc_channel *channel;
    Bulkhead bulkhead;
    Metric *refused;          /* including calls ended early */
    _Atomic int64_t ready_ms; /* when a peer was last available, or the search for one began */
    void *methods[];          /* the library's names for them, by index */
} GrpcClient;

typedef struct ClientCall {
    GrpcTag tag;
    _Atomic uint32_t is_done;
    bool stays;    /* in a place of the bulkhead */
    bool given_up; /* before its deadline, because there was no place */
    grpc_call *call;
    grpc_metadata sent[METADATA_SENT_MAX];
    size_t n_sent;
    grpc_byte_buffer *request, *response;
    grpc_metadata_array initial, trailing;
    grpc_status_code status;
    grpc_slice text;
} ClientCall;

static void on_done(GrpcTag *tag, bool ok)
{
    ClientCall *call = CONTAINER_OF(tag, ClientCall, tag);
    _Atomic uint32_t *is_done = &call->is_done;
    atomic_store_explicit(is_done, 1, memory_order_release);
    futex_wake(is_done);
}

static void add_metadata(ClientCall *call, const char *key, Str value)
{
    grpc_slice slice = grpc_slice_of(value);
    if (!grpc_header_nonbin_value_is_legal(slice)) { /* a user agent may say anything */
        grpc_slice_unref(slice);
        return;
    }
    call->sent[call->n_sent++] = (grpc_metadata){ .key = grpc_slice_from_static_string(key), .value = slice };
}

/* Metadata that identify the caller, the user and the trace. */
static void introduce(const GrpcClient *client, ClientCall *call, Ctx *ctx)
{
    char traceparent[TRACEPARENT_LEN + 1];
    add_metadata(call, METADATA_SERVICE_TOKEN,
                 service_token_sign(ctx->arena, engine_key(client->grpc), engine_process(client->grpc),
                                    str_of(client->service->name), &ctx->actor, clock_now_ms() / 1000));
    trace_give(ctx, traceparent);
    add_metadata(call, METADATA_TRACE, (Str){ traceparent, TRACEPARENT_LEN });
    if (ctx->peer.len) add_metadata(call, METADATA_CLIENT_ADDRESS, ctx->peer);
    if (ctx->user_agent.len) add_metadata(call, METADATA_CLIENT_AGENT, ctx->user_agent);
}

/* Whether a call may wait for an absent peer: a restarting service is back in a moment, but workers should not queue
 * for one that stays away. */
static bool is_patient(GrpcClient *client, bool *out_ready)
{
    int64_t now_ms = clock_monotonic_ms();
    *out_ready = grpc_channel_check_connectivity_state(client->channel, 1) == GRPC_CHANNEL_READY;
    if (*out_ready) atomic_store_explicit(&client->ready_ms, now_ms, memory_order_relaxed);
    return now_ms - atomic_load_explicit(&client->ready_ms, memory_order_relaxed) < GRPC_PATIENCE_MS;
}

static bool start(GrpcClient *client, ClientCall *call, Ctx *ctx, const RpcMethod *method)
{
    bool ready;
    int64_t left_ms = ctx->deadline_ms ? ctx->deadline_ms - clock_monotonic_ms() : RPC_DEADLINE_MS;
    if (left_ms <= 0) return false;
    uint32_t flags = GRPC_INITIAL_METADATA_WAIT_FOR_READY_EXPLICITLY_SET;
    if (is_patient(client, &ready)) flags |= GRPC_INITIAL_METADATA_WAIT_FOR_READY;
    gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(left_ms, GPR_TIMESPAN));
    call->call =
        grpc_channel_create_registered_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, engine_queue(client->grpc),
                                            client->methods[method->index], deadline, NULL);
    const grpc_op ops[] = {
        { .op = GRPC_OP_SEND_INITIAL_METADATA,
          .flags = flags,
          .data.send_initial_metadata = { .count = call->n_sent, .metadata = call->sent } },
        { .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = call->request },
        { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
        { .op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &call->initial },
        { .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->response },
        { .op = GRPC_OP_RECV_STATUS_ON_CLIENT,
          .data.recv_status_on_client = { .trailing_metadata = &call->trailing,
                                          .status = &call->status,
                                          .status_details = &call->text } },
    };
    grpc_call_error err = grpc_call_start_batch(call->call, ops, ARRAY_LEN(ops), grpc_tag_give(&call->tag), NULL);
    if (err != GRPC_CALL_OK) abort(); /* the library reports misuse, a bug of ours */
    return true;
}

static Err read_response(Ctx *ctx, const GrpcClient *client, ClientCall *call, ProtobufCMessage *response)
{
    grpc_byte_buffer_reader reader;
    if (!call->response || !grpc_byte_buffer_reader_init(&reader, call->response))
        return ctx_fail(ctx, ERR_INTERNAL, "%s: an answer without a message", client->service->name);
    grpc_slice bytes = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    const ProtobufCMessage *message = message_unpack(ctx->arena, response->descriptor, grpc_slice_str(&bytes));
    grpc_slice_unref(bytes);
    if (!message)
        return ctx_fail(ctx, ERR_INTERNAL, "%s: the answer is no %s", client->service->name,
                        response->descriptor->name);
    memcpy(response, message, response->descriptor->sizeof_message);
    return OK;
}

static Err refuse(GrpcClient *client, Ctx *ctx, const char *what)
{
    metric_add(client->refused, 1);
    Err err = ctx_fail(ctx, ERR_UNAVAILABLE, "%s: %s, %u calls wait already", client->service->name, what,
                       atomic_load(&client->bulkhead.inside));
    ctx->retry_after_ms = GRPC_QUICK_MS;
    return err;
}

static Err read_status(GrpcClient *client, Ctx *ctx, ClientCall *call)
{
    bool ready, told = metadata_find(&call->trailing, METADATA_ERROR).len > 0;
    is_patient(client, &ready);
    if (call->status == GRPC_STATUS_DEADLINE_EXCEEDED && !told && !ready)
        return ctx_fail(ctx, ERR_UNAVAILABLE, "%s: nobody was there to answer", client->service->name);
    return status_read(ctx, client->service->name, call->status, grpc_slice_str(&call->text), &call->trailing);
}

static Err outcome(GrpcClient *client, Ctx *ctx, ClientCall *call, ProtobufCMessage *response)
{
    if (call->status == GRPC_STATUS_OK) return read_response(ctx, client, call, response);
    if (call->given_up && call->status == GRPC_STATUS_CANCELLED) return refuse(client, ctx, "given up");
    Err err = read_status(client, ctx, call);
    /* The library names no wait when it finds a connection dead: the user is told one whoever noticed first. */
    if (err == ERR_UNAVAILABLE && !ctx->retry_after_ms) ctx->retry_after_ms = GRPC_QUICK_MS;
    return err;
}

static void call_done(ClientCall *call)
{
    if (call->call) grpc_call_unref(call->call);
    status_metadata_free(call->sent, call->n_sent);
    grpc_byte_buffer_destroy(call->request);
    if (call->response) grpc_byte_buffer_destroy(call->response);
    grpc_metadata_array_destroy(&call->initial);
    grpc_metadata_array_destroy(&call->trailing);
    grpc_slice_unref(call->text);
}

/* Waits until the call is done, or until that time; 0: until its deadline, which the library enforces. */
static bool await_until(ClientCall *call, int64_t until_ms)
{
    bool in_time = true;
    while (!atomic_load_explicit(&call->is_done, memory_order_acquire)) {
        if (!in_time) return false;
        in_time = futex_wait(&call->is_done, 0, until_ms);
    }
    return true;
}

/* Ends the call early if it may not stay. */
static void await(GrpcClient *client, ClientCall *call)
{
    if (await_until(call, clock_monotonic_ms() + GRPC_QUICK_MS)) return;
    call->stays = call->stays || bulkhead_stay(&client->bulkhead);
    if (!call->stays) {
        call->given_up = true;
        grpc_call_cancel(call->call, NULL);
    }
    await_until(call, 0);
}

/* stays: an earlier try already holds a place of the bulkhead. False: no time left to try. */
static bool ask(GrpcClient *client, ClientCall *call, Ctx *ctx, const RpcMethod *method,
                const ProtobufCMessage *request, bool stays)
{
    *call = (ClientCall){ .tag.done = on_done, .text = grpc_empty_slice(), .stays = stays };
    grpc_metadata_array_init(&call->initial);
    grpc_metadata_array_init(&call->trailing);
    introduce(client, call, ctx);
    grpc_slice bytes = grpc_slice_of(message_pack(ctx->arena, request));
    call->request = grpc_raw_byte_buffer_create(&bytes, 1);
    grpc_slice_unref(bytes);
    if (!start(client, call, ctx, method)) return false;
    await(client, call);
    return true;
}

/* A call that reaches a stopping server is cancelled before it is accepted, so it can be retried even if it is not
 * idempotent. An accepted one ends with our metadata, or with UNAVAILABLE if the server does not wait for it. (gRPC
 * core 1.51, src/core/lib/surface/server.cc: KillZombie, CancelAllCalls.) */
static bool was_turned_away(const ClientCall *call)
{
    return call->status == GRPC_STATUS_CANCELLED && !call->given_up &&
           metadata_find(&call->trailing, METADATA_ERROR).len == 0;
}

static Err client_call(RpcClient *base, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                       ProtobufCMessage *response)
{
    GrpcClient *client = (GrpcClient *)base;
    if (!bulkhead_enter(&client->bulkhead)) return refuse(client, ctx, "not asked");

    ClientCall call;
    bool asked = ask(client, &call, ctx, method, request, false);
    for (int tries = 1; asked && was_turned_away(&call) && tries < TRIES_MAX; tries++) {
        call_done(&call);
        asked = ask(client, &call, ctx, method, request, call.stays);
    }
    Err err = asked ? outcome(client, ctx, &call, response)
                    : ctx_fail(ctx, ERR_TIMEOUT, "no time was left to ask %s", client->service->name);
    call_done(&call);
    bulkhead_leave(&client->bulkhead, call.stays);
    return err;
}

Err grpc_client_check(RpcClient *base, Ctx *ctx)
{
    const GrpcClient *client = (const GrpcClient *)base;
    grpc_connectivity_state state = grpc_channel_check_connectivity_state(client->channel, 1);
    if (state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_IDLE) return OK;
    return ctx_fail(ctx, ERR_UNAVAILABLE, "no process that serves %s answers", client->service->name);
}

static void client_free(RpcClient *base)
{
    GrpcClient *client = (GrpcClient *)base;
    grpc_channel_destroy(client->channel);
    free(client);
}

static const RpcClientOps client_ops = { .driver = "grpc", .call = client_call, .free = client_free };

static Metric *refused_metric(const RpcService *service)
{
    static const Metric refused = METRIC_COUNTER_INIT(
        "molva_grpc_refused_total", "Calls not made, or given up, because too many wait for the service already.");
    char labels[64];
    snprintf(labels, sizeof labels, "service=\"%s\"", service->name);
    return labelled_metric(&refused, labels);
}

RpcClient *grpc_client_new(Grpc *grpc, const RpcService *service, const char *target)
{
    GrpcClient *client = calloc(1, sizeof *client + service->n_methods * sizeof(void *));
    if (!client) abort();
    client->base.ops = &client_ops;
    client->grpc = grpc;
    client->service = service;
    client->bulkhead.places = engine_places(grpc);
    client->refused = refused_metric(service);
    client->channel = channel_open(service, target);
    client->ready_ms = clock_monotonic_ms();
    for (size_t i = 0; i < service->n_methods; i++)
        client->methods[i] = grpc_channel_register_call(client->channel, service->methods[i].full_path, NULL, NULL);
    grpc_channel_check_connectivity_state(client->channel, 1); /* starts connecting */
    return &client->base;
}
