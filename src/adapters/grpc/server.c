/* The server: accepts calls on every queue of the engine and passes each to the routing function. */
#include "adapters/grpc/server.h"

#include <grpc/grpc_security.h>
#include <stdlib.h>

#include "adapters/grpc/grpc_limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/peer.h"
#include "runtime/clock.h"
#include "runtime/cond.h"

#define QUIET_MS 100 /* without a new call: clients have noticed */

struct GrpcServer {
    /* fixed after open */
    Grpc *grpc;
    Rpc *rpc;
    const RpcService *const *services;
    size_t n_services;
    Budget *stream_places;
    void (*route)(ServerCall *call);
    grpc_server *core;
    uint16_t port;
    GrpcTag stopped_tag;

    atomic_bool is_ready;
    _Atomic int64_t last_call_ms;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* lock */
    ServerCall *streams;
    size_t n_streams, n_calls, n_accepting;
    bool is_ending, is_stopped;
};

static Metric calls_running =
    METRIC_GAUGE_INIT("molva_grpc_calls", "gRPC calls and streams that are open at the server.");

static void accept_next(GrpcServer *server, grpc_completion_queue *queue);

Rpc *server_rpc(const GrpcServer *server)
{
    return server->rpc;
}

size_t server_services(const GrpcServer *server, const RpcService *const **out_services)
{
    *out_services = server->services;
    return server->n_services;
}

bool server_is_ready(const GrpcServer *server)
{
    return atomic_load(&server->is_ready);
}

void server_lock(GrpcServer *server)
{
    pthread_mutex_lock(&server->lock);
}

void server_unlock(GrpcServer *server)
{
    pthread_mutex_unlock(&server->lock);
}

static void on_call_freed(GrpcServer *server)
{
    metric_add(&calls_running, -1);
    pthread_mutex_lock(&server->lock);
    server->n_calls--;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* An address has a share of the streams, so that a client that only opens streams does not keep other processes from
 * watching this one. */
static BudgetAnswer take_place(ServerCall *call)
{
    uint8_t block[PEER_BLOCK_MAX];
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Str key = peer_block_of_text(server_call_peer(call, arena), block);
    return budget_take(call->server->stream_places, key, 1, &call->place);
}

static bool list_stream(ServerCall *call, const StreamOps *ops)
{
    GrpcServer *server = call->server;
    pthread_mutex_lock(&server->lock);
    bool fits = !server->is_ending;
    if (fits) {
        call->stream = ops;
        call->is_listed = true;
        call->next = server->streams;
        if (call->next) call->next->prev = call;
        server->streams = call;
        server->n_streams++;
    }
    pthread_mutex_unlock(&server->lock);
    return fits;
}

bool server_stream_add(ServerCall *call, const StreamOps *ops)
{
    BudgetAnswer answer = take_place(call);
    if (answer == BUDGET_OK && list_stream(call, ops)) return true;
    charge_release(&call->place);
    if (answer == BUDGET_SHARE_FULL)
        server_call_fail(call, ERR_RATE_LIMITED, STR("too many streams of your address are open"));
    else
        server_call_fail(call, ERR_UNAVAILABLE, STR("too many streams are open, or this process stops"));
    return false;
}

void server_stream_remove(ServerCall *call)
{
    GrpcServer *server = call->server;
    if (!call->is_listed) return;
    call->is_listed = false;
    if (call->prev)
        call->prev->next = call->next;
    else
        server->streams = call->next;
    if (call->next) call->next->prev = call->prev;
    call->prev = call->next = NULL;
    server->n_streams--;
    charge_release(&call->place);
}

static void on_accepted(GrpcTag *tag, bool ok)
{
    ServerCall *call = CONTAINER_OF(tag, ServerCall, accepted);
    GrpcServer *server = call->server;
    if (ok) accept_next(server, call->queue);
    pthread_mutex_lock(&server->lock);
    server->n_accepting--;
    bool is_full = server->n_calls >= GRPC_CALLS_MAX;
    if (ok) server->n_calls++;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
    if (ok) {
        metric_add(&calls_running, 1);
        atomic_store_explicit(&server->last_call_ms, clock_monotonic_ms(), memory_order_relaxed);
        server_call_begin(call);
        if (is_full)
            server_call_fail(call, ERR_UNAVAILABLE, STR("too many calls run"));
        else
            server->route(call);
    }
    server_call_unref(call);
}

static void accept_next(GrpcServer *server, grpc_completion_queue *queue)
{
    ServerCall *call = calloc(1, sizeof *call);
    if (!call) abort();
    call->accepted.done = on_accepted;
    call->server = server;
    call->on_freed = on_call_freed;
    call->queue = queue;
    call->refs = 1;
    call->status_text = grpc_empty_slice();
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    pthread_mutex_lock(&server->lock);
    server->n_accepting++;
    pthread_mutex_unlock(&server->lock);
    /* If the server stops, even right now, the tag returns with ok being false. */
    if (grpc_server_request_call(server->core, &call->call, &call->details, &call->metadata, queue, queue,
                                 grpc_tag_give(&call->accepted)) != GRPC_CALL_OK)
        abort();
}

static grpc_arg number(const char *key, int value)
{
    return (grpc_arg){ .type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value };
}

static grpc_server *core_new(void)
{
    grpc_resource_quota *quota = grpc_resource_quota_create("server");
    grpc_resource_quota_resize(quota, GRPC_MEMORY_MAX);
    grpc_arg args[] = {
        number(GRPC_ARG_ALLOW_REUSEPORT, 0), /* otherwise a second server would silently share the port */
        number(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, GRPC_MESSAGE_MAX),
        number(GRPC_ARG_MAX_METADATA_SIZE, GRPC_METADATA_MAX),
        number(GRPC_ARG_MAX_CONCURRENT_STREAMS, GRPC_CALLS_PER_PEER_MAX),
        number(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, GRPC_HANDSHAKE_MS),
        number(GRPC_ARG_MAX_CONNECTION_IDLE_MS, GRPC_IDLE_MS),
        number(GRPC_ARG_KEEPALIVE_TIME_MS, GRPC_KEEPALIVE_MS),
        number(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, GRPC_KEEPALIVE_TIMEOUT_MS),
        number(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, GRPC_KEEPALIVE_MS / 2),
        { .type = GRPC_ARG_POINTER,
          .key = GRPC_ARG_RESOURCE_QUOTA,
          .value.pointer = { .p = quota, .vtable = grpc_resource_quota_arg_vtable() } },
    };
    grpc_server *core = grpc_server_create(&(grpc_channel_args){ .num_args = ARRAY_LEN(args), .args = args }, NULL);
    grpc_resource_quota_unref(quota);
    return core;
}

Err server_open(Ctx *ctx, Grpc *grpc, Rpc *rpc, const GrpcServerConfig *config, void (*route)(ServerCall *call),
                GrpcServer **out_server)
{
    GrpcServer *server = calloc(1, sizeof *server);
    if (!server) abort();
    server->grpc = grpc;
    server->rpc = rpc;
    server->route = route;
    server->services = config->services;
    server->n_services = config->n_services;
    pthread_mutex_init(&server->lock, NULL);
    cond_init(&server->changed);
    server->stream_places = budget_new(GRPC_STREAMS_PER_ADDRESS, GRPC_STREAMS_MAX);
    server->core = core_new();
    grpc_completion_queue *const *queues;
    size_t n_queues = engine_queues(grpc, &queues);
    for (size_t i = 0; i < n_queues; i++) grpc_server_register_completion_queue(server->core, queues[i], NULL);

    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    int port = grpc_server_add_http2_port(server->core, config->address, credentials);
    grpc_server_credentials_release(credentials);
    grpc_server_start(server->core);
    server->port = (uint16_t)port;
    if (!port) {
        grpc_server_close(server);
        return ctx_fail(ctx, ERR_CONFLICT, "cannot listen for gRPC on %s: is it taken?", config->address);
    }
    static atomic_bool is_registered;
    if (!atomic_exchange(&is_registered, true)) metric_register(&calls_running);
    rpc_set_service_key(rpc, engine_key(grpc));
    for (size_t i = 0; i < n_queues; i++)
        for (int n = 0; n < GRPC_ACCEPTED_AHEAD; n++) accept_next(server, queues[i]);
    *out_server = server;
    return OK;
}

uint16_t grpc_server_port(const GrpcServer *server)
{
    return server->port;
}

static void set_ready(GrpcServer *server, bool ready)
{
    atomic_store(&server->is_ready, ready);
    for (ServerCall *call = server->streams, *next; call; call = next) {
        next = call->next;
        if (call->stream->ready_changed) call->stream->ready_changed(call);
    }
}

void grpc_server_ready(GrpcServer *server, bool ready)
{
    pthread_mutex_lock(&server->lock);
    if (!server->is_ending && server_is_ready(server) != ready) set_ready(server, ready);
    pthread_mutex_unlock(&server->lock);
}

static void on_stopped(GrpcTag *tag, bool ok)
{
    GrpcServer *server = CONTAINER_OF(tag, GrpcServer, stopped_tag);
    pthread_mutex_lock(&server->lock);
    server->is_stopped = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* Notifies clients that watch our health; returns once they have switched and their pending calls are answered. With
 * the lock held. */
static void let_go(GrpcServer *server, int64_t until_ms)
{
    int64_t begun_ms = clock_monotonic_ms();
    set_ready(server, false);
    bool is_watched = server->streams != NULL;
    if (!is_watched) return;
    for (;;) {
        int64_t now_ms = clock_monotonic_ms();
        int64_t last_ms = atomic_load(&server->last_call_ms);
        int64_t quiet_ms = (last_ms > begun_ms ? last_ms : begun_ms) + QUIET_MS;
        bool is_idle = server->n_calls <= server->n_streams;
        if (now_ms >= until_ms || now_ms >= begun_ms + GRPC_NOTICE_MS || (is_idle && now_ms >= quiet_ms)) return;
        cond_wait_until(&server->changed, &server->lock, now_ms + QUIET_MS / 5);
    }
}

/* With the lock held. */
static void end_streams(GrpcServer *server)
{
    server->is_ending = true;
    for (ServerCall *call = server->streams, *next; call; call = next) {
        next = call->next;
        call->stream->end(call);
    }
}

static bool has_ended(const GrpcServer *server)
{
    return server->is_stopped && server->n_calls == 0 && server->n_accepting == 0;
}

void grpc_server_drain(GrpcServer *server, uint32_t within_ms)
{
    int64_t until_ms = clock_monotonic_ms() + within_ms;
    pthread_mutex_lock(&server->lock);
    if (server->is_ending) {
        pthread_mutex_unlock(&server->lock);
        return;
    }
    let_go(server, until_ms);
    end_streams(server);
    pthread_mutex_unlock(&server->lock);

    grpc_completion_queue *const *queues;
    engine_queues(server->grpc, &queues);
    server->stopped_tag.done = on_stopped;
    grpc_server_shutdown_and_notify(server->core, queues[0], grpc_tag_give(&server->stopped_tag));
    pthread_mutex_lock(&server->lock);
    while (!has_ended(server) && cond_wait_until(&server->changed, &server->lock, until_ms ? until_ms : 1)) continue;
    bool is_late = !has_ended(server);
    pthread_mutex_unlock(&server->lock);
    if (!is_late) return;

    grpc_server_cancel_all_calls(server->core);
    pthread_mutex_lock(&server->lock);
    while (!has_ended(server)) cond_wait_until(&server->changed, &server->lock, 0);
    pthread_mutex_unlock(&server->lock);
}

void grpc_server_close(GrpcServer *server)
{
    if (!server) return;
    grpc_server_drain(server, 0);
    grpc_server_destroy(server->core);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    budget_free(server->stream_places);
    free(server);
}
