/* grpc.health.v1: whether this process serves, as a whole ("") and for each of its services. A watch keeps no queue: it
 * sends only the current state, and never the same one twice. */
#include <stdlib.h>

#include "adapters/grpc/answers.h"
#include "adapters/grpc/server.h"
#include "grpc/health/v1/health.pb-c.h"
#include "rpc/transcode.h"

typedef Grpc__Health__V1__HealthCheckResponse__ServingStatus Serving;
#define SERVING(name) GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__##name

typedef struct Watch {
    bool is_known;
    Serving told;
    bool is_sending, is_closed, is_ended, is_finished;
} Watch;

static bool is_hosted(const GrpcServer *server, Str service)
{
    const RpcService *const *services;
    size_t n = server_services(server, &services);
    for (size_t i = 0; i < n; i++)
        if (str_eq(str_of(services[i]->full_name), service)) return true;
    return service.len == 0;
}

/* Whether the request could be read; then, whether we host what it names. */
static bool read_request(ServerCall *call, bool *out_known)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    const Grpc__Health__V1__HealthCheckRequest *request = (const Grpc__Health__V1__HealthCheckRequest *)message_unpack(
        arena, &grpc__health__v1__health_check_request__descriptor, server_call_message(call, arena));
    if (request) *out_known = is_hosted(call->server, str_of(request->service));
    return request != NULL;
}

static Str response_of(Arena *arena, Serving status)
{
    Grpc__Health__V1__HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    response.status = status;
    return message_pack(arena, &response.base);
}

static Serving serving(const ServerCall *call)
{
    return server_is_ready(call->server) ? SERVING(SERVING) : SERVING(NOT_SERVING);
}

static void on_check(ServerCall *call, bool ok)
{
    bool is_known = false;
    _cleanup_(arena_freep) Arena *arena = arena_new();
    if (!ok || !read_request(call, &is_known))
        server_call_fail(call, ERR_INVALID, STR("the request is no HealthCheckRequest"));
    else if (!is_known)
        server_call_fail(call, ERR_NOT_FOUND, STR("this process does not host that service"));
    else
        server_call_finish(call, &(CallOutcome){ .status = GRPC_STATUS_OK,
                                                 .message = response_of(arena, serving(call)),
                                                 .has_message = true });
}

void health_check(ServerCall *call)
{
    server_call_receive(call, on_check);
}

static void watch_step(ServerCall *call);

static void on_told(ServerCall *call, bool ok)
{
    Watch *watch = call->owner;
    server_lock(call->server);
    watch->is_sending = false;
    watch->is_closed |= !ok;
    watch_step(call);
    server_unlock(call->server);
}

/* Sends the current state if needed. Under the lock. */
static void watch_step(ServerCall *call)
{
    Watch *watch = call->owner;
    if (watch->is_sending || watch->is_finished) return;
    Serving now = watch->is_known ? serving(call) : SERVING(SERVICE_UNKNOWN);
    if (now != watch->told && !watch->is_closed) {
        _cleanup_(arena_freep) Arena *arena = arena_new();
        watch->told = now;
        watch->is_sending = true;
        server_call_send(call, response_of(arena, now), on_told);
        return;
    }
    if (!watch->is_closed && !watch->is_ended) return;
    watch->is_finished = true;
    server_stream_remove(call);
    server_call_fail(call, ERR_UNAVAILABLE, STR("this process stops"));
}

static void watch_end(ServerCall *call)
{
    ((Watch *)call->owner)->is_ended = true;
    watch_step(call);
}

static const StreamOps watch_ops = { .end = watch_end, .ready_changed = watch_step };

static void on_watch_closed(ServerCall *call, bool ok)
{
    Watch *watch = call->owner;
    server_lock(call->server);
    watch->is_closed = true;
    watch_step(call);
    server_unlock(call->server);
}

static void on_watch(ServerCall *call, bool ok)
{
    bool is_known = false;
    if (!ok || !read_request(call, &is_known)) {
        server_call_fail(call, ERR_INVALID, STR("the request is no HealthCheckRequest"));
        return;
    }
    Watch *watch = calloc(1, sizeof *watch);
    if (!watch) abort();
    watch->is_known = is_known;
    watch->is_closed = call->is_closed;
    call->owner = watch;
    call->on_closed = on_watch_closed;
    if (!server_stream_add(call, &watch_ops)) {
        watch->is_finished = true;
        return;
    }
    server_lock(call->server);
    watch_step(call);
    server_unlock(call->server);
}

void health_watch(ServerCall *call)
{
    server_call_receive(call, on_watch);
}
