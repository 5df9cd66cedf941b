/* A service of the tests' own, with types of the contract, behind a gRPC server on loopback, and a client of it. */
#pragma once
#include "adapters/grpc/grpc.h"
#include "api_types.h"
#include "rpc/identity.h"
#include "rpc/rate_limit.h"
#include "support/test.h"

/* What MarkReadRequest.seq asks the service to do; any other is sent back. */
#define DO_FAIL  1000 /* + an Err: fails with it, ERR_RATE_LIMITED and ERR_UNAVAILABLE with retry_after_ms of 1234 */
#define DO_BLOCK 2000 /* until world_release() */
#define DO_TELL  3000 /* the deadline that is left, in ms, as unread */
#define DO_AGENT 3001 /* ERR_PRECONDITION with "<address> <user agent> <trace id>" */

#define WORLD_CALLERS \
    1024 /* threads that the engine reckons with: so many places that no test meets the limit by accident */

enum { TEST_PUBLIC, TEST_USER, TEST_ADMIN, TEST_SERVICE, TEST_ONCE, TEST_ECHO };

/* How the actor looks to the service: MarkReadResponse.unread. */
#define SEEN(kind, admin, has_user) (1u + (kind)*4u + (admin ? 2u : 0u) + (has_user ? 1u : 0u))

typedef struct World {
    WorkerPool *workers;
    Identity *identity;
    JwtKey *jwt;
    ServiceKey *key;
    Rpc *rpc;
    Grpc *grpc;
    GrpcServer *server;
    char target[64];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool released;
    int n_blocked;     /* calls that wait for the release */
    atomic_int n_runs; /* of any method */
} World;

extern const RpcService test_rpc;

/* limit may be NULL. */
World *world_open(RateLimit *limit);
void world_close(World *world);
/* A server on the port of the one before, or any. */
void world_serve(World *world);
RpcClient *world_client(World *world);
void world_release(World *world);
/* Calls block again, once those that were released are gone. */
void world_hold(World *world);
void world_await_blocked(World *world, int count);
Err world_call(RpcClient *client, Ctx *ctx, int method, uint32_t seq, MarkReadResponse *out);
extern const Id alice, alice_session;
