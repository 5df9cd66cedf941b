#include "unit/adapters/grpc/grpc_world.h"

#include <stdlib.h>

#include "runtime/clock.h"
#include "runtime/cond.h"

const Id alice = { { 1 } }, alice_session = { { 2 } };

static void block(World *world)
{
    pthread_mutex_lock(&world->lock);
    world->n_blocked++;
    pthread_cond_broadcast(&world->changed);
    while (!world->released) pthread_cond_wait(&world->changed, &world->lock);
    world->n_blocked--;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static Err handle_read(void *service, Ctx *ctx, const void *request, void *response)
{
    World *world = service;
    const MarkReadRequest *req = request;
    MarkReadResponse *out = response;
    atomic_fetch_add(&world->n_runs, 1);
    if (req->seq > DO_FAIL && req->seq < DO_FAIL + ERR_COUNT_) {
        Err err = (Err)(req->seq - DO_FAIL);
        ctx_fail(ctx, err, "the story of %s: %s", err_info(err)->name, "\xc3\xa4\xf0\x9f\x98\x80 100%");
        if (err == ERR_RATE_LIMITED || err == ERR_UNAVAILABLE) ctx->retry_after_ms = 1234;
        return err;
    }
    if (req->seq == DO_AGENT)
        return ctx_fail(ctx, ERR_PRECONDITION, "%.*s %.*s %s", STR_ARG(ctx->peer), STR_ARG(ctx->user_agent),
                        ctx->trace_id);
    out->read_seq = req->seq;
    out->unread = SEEN((uint32_t)ctx->actor.kind, ctx->actor.admin, !id_is_none(ctx->actor.user));
    if (req->seq == DO_TELL) out->unread = (uint32_t)(ctx->deadline_ms - clock_monotonic_ms());
    if (req->seq == DO_BLOCK) block(world);
    return OK;
}

static Err handle_echo(void *service, Ctx *ctx, const void *request, void *response)
{
    const SendRequest *req = request;
    SendResponse *out = response;
    out->message = arena_new_of(ctx->arena, Message);
    message__init(out->message);
    out->message->text = req->text;
    return OK;
}

#define READ(name_, access_, repeatable_, index_)                                                        \
    {                                                                                                    \
        .name = "test." name_, .full_path = "/molva.test.v1.TestService/" name_, .access = access_,      \
        .rate = RPC_RATE_CREDENTIAL, .repeatable = repeatable_, .input = &mark_read_request__descriptor, \
        .output = &mark_read_response__descriptor, .handler = handle_read, .index = index_               \
    }
static const RpcMethod methods[] = {
    READ("Public", RPC_PUBLIC, true, TEST_PUBLIC),
    READ("User", RPC_USER, true, TEST_USER),
    READ("Admin", RPC_ADMIN, true, TEST_ADMIN),
    READ("Service", RPC_SERVICE, true, TEST_SERVICE),
    READ("Once", RPC_SERVICE, false, TEST_ONCE),
    {
        .name = "test.Echo",
        .full_path = "/molva.test.v1.TestService/Echo",
        .access = RPC_SERVICE,
        .rate = RPC_RATE_WRITE,
        .repeatable = true,
        .input = &send_request__descriptor,
        .output = &send_response__descriptor,
        .handler = handle_echo,
        .index = TEST_ECHO,
    },
};
const RpcService test_rpc = {
    .name = "test", .full_name = "molva.test.v1.TestService", .methods = methods, .n_methods = ARRAY_LEN(methods)
};
static const RpcService *const services[] = { &test_rpc };

void world_serve(World *world)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    const char *address = *world->target ? world->target + strlen("ipv4:") : "127.0.0.1:0";
    GrpcServerConfig config = { .address = address, .services = services, .n_services = 1 };
    Err err = grpc_server_open(ctx, world->grpc, world->rpc, &config, &world->server);
    CHECK_ERR(err, OK, ctx->err_text ? ctx->err_text : address);
    snprintf(world->target, sizeof world->target, "ipv4:127.0.0.1:%u", grpc_server_port(world->server));
    grpc_server_ready(world->server, true);
}

World *world_open(RateLimit *limit)
{
    static const char secret[] = "a secret of the tests, 32 bytes and more";
    World *world = calloc(1, sizeof *world);
    if (!world) abort();
    pthread_mutex_init(&world->lock, NULL);
    cond_init(&world->changed);
    world->workers = worker_pool_new("w", 80, 4096);
    world->identity = identity_new();
    world->jwt = jwt_key_generate();
    identity_set_keys(world->identity, &world->jwt, 1);
    world->key = service_key_new(STR(secret));
    world->rpc = rpc_new(world->workers, world->identity, &(CallerLimits){ .rates = limit });
    rpc_register(world->rpc, &test_rpc, world);

    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    GrpcConfig config = { .process = "test", .key = world->key, .workers = WORLD_CALLERS };
    assert_int_equal(grpc_engine_open(ctx, &config, &world->grpc), OK);
    world_serve(world);
    return world;
}

void world_close(World *world)
{
    world_release(world);
    grpc_server_close(world->server);
    grpc_engine_close(world->grpc);
    worker_pool_free(world->workers);
    rpc_free(world->rpc);
    identity_free(world->identity);
    jwt_key_unref(world->jwt);
    service_key_free(world->key);
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
    free(world);
}

RpcClient *world_client(World *world)
{
    return grpc_client_new(world->grpc, &test_rpc, world->target);
}

void world_release(World *world)
{
    pthread_mutex_lock(&world->lock);
    world->released = true;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

void world_hold(World *world)
{
    pthread_mutex_lock(&world->lock);
    while (world->n_blocked > 0) pthread_cond_wait(&world->changed, &world->lock);
    world->released = false;
    pthread_mutex_unlock(&world->lock);
}

void world_await_blocked(World *world, int count)
{
    pthread_mutex_lock(&world->lock);
    while (world->n_blocked < count) pthread_cond_wait(&world->changed, &world->lock);
    pthread_mutex_unlock(&world->lock);
}

Err world_call(RpcClient *client, Ctx *ctx, int method, uint32_t seq, MarkReadResponse *out)
{
    MarkReadRequest request = MARK_READ_REQUEST__INIT;
    request.seq = seq;
    mark_read_response__init(out);
    return rpc_client_call(client, ctx, &methods[method], &request.base, &out->base);
}
