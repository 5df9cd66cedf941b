/* A server of one small service, with a loop, workers and keys: for tests of the dispatch. */
#pragma once
#include <sodium.h>
#include <stdlib.h>

#include "api_types.h"
#include "base/limits.h"
#include "rpc/identity.h"
#include "rpc/rate_limit.h"
#include "rpc/rpc.h"
#include "rpc/service_token.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"
#include "support/test.h"

/* A service of the test's own, spoken to with types of the contract. */
static inline Err handle_echo(void *service, Ctx *ctx, const void *request, void *response)
{
    const MarkReadRequest *req = request;
    MarkReadResponse *out = response;
    if (req->seq == 404) return ctx_fail(ctx, ERR_NOT_FOUND, "no such thing");
    if (req->seq == 503) return ctx_fail(ctx, ERR_UNAVAILABLE, "the database is away");
    if (req->seq == 500) return ctx_fail(ctx, ERR_INTERNAL, "secret detail");
    out->read_seq = req->seq;
    out->unread = ctx->actor.kind == ACTOR_SERVICE ? 1 : 0;
    return OK;
}

#define METHOD(name_, access_, index_)                                                              \
    {                                                                                               \
        .name = "test." name_, .full_path = "/molva.test.v1.TestService/" name_, .access = access_, \
        .rate = RPC_RATE_CREDENTIAL, .input = &mark_read_request__descriptor,                       \
        .output = &mark_read_response__descriptor, .handler = handle_echo, .index = index_          \
    }
static const RpcMethod methods[] = {
    METHOD("Public", RPC_PUBLIC, 0),
    METHOD("User", RPC_USER, 1),
    METHOD("Admin", RPC_ADMIN, 2),
    METHOD("Service", RPC_SERVICE, 3),
    { .name = "test.Dear",
      .full_path = "/molva.test.v1.TestService/Dear",
      .access = RPC_USER,
      .rate = RPC_RATE_CREDENTIAL,
      .costs = { { 2, 11 } }, /* seq */
      .input = &mark_read_request__descriptor,
      .output = &mark_read_response__descriptor,
      .handler = handle_echo,
      .index = 4 },
};
static const RpcService test_rpc = { .name = "test", .methods = methods, .n_methods = ARRAY_LEN(methods) };

typedef struct World {
    WorkerPool *workers;
    Identity *identity;
    Rpc *rpc;
    Loop *loop;
    JwtKey *key;
    ServiceKey *service_key, *foreign_key;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    RpcCall *finished;
} World;

static World world;

static inline void world_open(RateLimit *limit)
{
    world = (World){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    world.workers = worker_pool_new("w", 4, 64);
    world.identity = identity_new();
    world.key = jwt_key_generate();
    identity_set_keys(world.identity, &world.key, 1);
    world.rpc = rpc_new(world.workers, world.identity, &(CallerLimits){ .rates = limit });
    rpc_register(world.rpc, &test_rpc, &world);
    world.service_key = service_key_new(STR("the secret of this installation, long enough"));
    world.foreign_key = service_key_new(STR("the secret of another installation, as long"));
    rpc_set_service_key(world.rpc, world.service_key);
    world.loop = loop_start(0);
}

static inline void world_close(void)
{
    worker_pool_free(world.workers);
    loop_stop(world.loop);
    rpc_free(world.rpc);
    identity_free(world.identity);
    jwt_key_unref(world.key);
    service_key_free(world.service_key);
    service_key_free(world.foreign_key);
}

static const Id alice = { { 1 } }, session = { { 2 } };

static inline Str token_of(Arena *arena, bool admin, int64_t expires_in_s)
{
    int64_t now_s = clock_now_ms() / 1000;
    JwtClaims claims = { .user = alice,
                         .session = session,
                         .admin = admin,
                         .issued_at_s = now_s - 60,
                         .expires_at_s = now_s + expires_in_s };
    return jwt_sign(arena, world.key, &claims);
}
