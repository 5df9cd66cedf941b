/* The contract over gRPC, on the gRPC C core: a server for the services of this process, clients for those of others. A
 * module of its own (molva-grpc.so), so that a process without gRPC does not pay for the library: programs reach it
 * through molva_grpc_module, tests link it. ON_WORKER includes startup threads.
 *
 * Call metadata: `authorization: Bearer <access token>` from users; `molva-service-token` (rpc/service_token.h) from
 * our processes, together with `molva-client-address` and `molva-client-agent`, which describe the user's client;
 * `traceparent` from anybody. Response metadata: `molva-error` (the name in api/errors.yaml) and
 * `molva-retry-after-ms` in addition to the gRPC status. */
#pragma once
#include "rpc/rpc.h"
#include "rpc/service_token.h"

typedef struct Grpc Grpc;             /* the library, its threads, our identity: one per process */
typedef struct GrpcServer GrpcServer; /* at most one per process */

typedef struct GrpcConfig {
    const char *process;   /* the services that run here, "auth,group": the issuer of our service tokens */
    const ServiceKey *key; /* borrowed; required */
    unsigned workers;      /* threads that call; a hanging service holds at most half of them, except for a second */
    unsigned threads;      /* completion queues; 0: one for every four cores */
} GrpcConfig;

/* Starts the library and its threads. ERR_PRECONDITION without a service key. */
ON_WORKER MUST_CHECK Err grpc_engine_open(Ctx *ctx, const GrpcConfig *config, Grpc **out_grpc);
/* Once all its clients and its server are gone. Accepts NULL. */
void grpc_engine_close(Grpc *grpc);

/* A client for a service hosted by other processes, freed by rpc_client_free(). Target: gRPC's name syntax, such as
 * "dns:///group:7001" or "ipv4:127.0.0.1:7001,127.0.0.1:7002"; calls go round robin to the peers that report serving
 * it. A call ends by ctx's deadline, or after RPC_DEADLINE_MS:
 *   ERR_UNAVAILABLE  no peer was available, it failed during a call that must not run twice, or too many calls already
 * wait for the service (adapters/grpc/bulkhead.h)
 *   ERR_TIMEOUT      the peer took too long
 *   ERR_INTERNAL     the peer does not accept us: the processes have different keys or clocks
 *   any other        the method's error, with its text and retry_after_ms
 * Calls that certainly did not run, and all calls of idempotent methods, are retried automatically. */
ON_WORKER RpcClient *grpc_client_new(Grpc *grpc, const RpcService *service, const char *target);

/* OK while a peer reports serving the service, or it has not been called for long; else ERR_UNAVAILABLE. Does not wait.
 * For readiness. `client` is from grpc_client_new(). */
ANY_THREAD MUST_CHECK Err grpc_client_check(RpcClient *client, Ctx *ctx);

typedef struct GrpcServerConfig {
    const char *address;               /* "127.0.0.1:7001", "[::]:7001"; port 0 takes a free one */
    const RpcService *const *services; /* hosted here, as registered with the Rpc; borrowed */
    size_t n_services;
} GrpcServerConfig;

/* Serves the methods registered with `rpc`, grpc.health.v1 and grpc.reflection.v1. Reports not serving until
 * grpc_server_ready(). ERR_CONFLICT if the address is taken. */
ON_WORKER MUST_CHECK Err grpc_server_open(Ctx *ctx, Grpc *grpc, Rpc *rpc, const GrpcServerConfig *config,
                                          GrpcServer **out_server);
ANY_THREAD uint16_t grpc_server_port(const GrpcServer *server);
/* Sets the result of health checks; clients send no calls to a server that is not ready, though it answers those that
 * arrive. */
ANY_THREAD void grpc_server_ready(GrpcServer *server, bool ready);
/* Makes clients use other servers, lets running calls finish, cancels the rest at within_ms, stops listening. */
ON_WORKER void grpc_server_drain(GrpcServer *server, uint32_t within_ms);
/* Drains at once if not drained before. Before the Rpc and its workers end. Accepts NULL. */
ON_WORKER void grpc_server_close(GrpcServer *server);

/* The whole interface as one symbol for dlsym(). */
typedef struct GrpcModule {
    Err (*engine_open)(Ctx *ctx, const GrpcConfig *config, Grpc **out_grpc);
    void (*engine_close)(Grpc *grpc);
    RpcClient *(*client_new)(Grpc *grpc, const RpcService *service, const char *target);
    Err (*client_check)(RpcClient *client, Ctx *ctx);
    Err (*server_open)(Ctx *ctx, Grpc *grpc, Rpc *rpc, const GrpcServerConfig *config, GrpcServer **out_server);
    uint16_t (*server_port)(const GrpcServer *server);
    void (*server_ready)(GrpcServer *server, bool ready);
    void (*server_drain)(GrpcServer *server, uint32_t within_ms);
    void (*server_close)(GrpcServer *server);
} GrpcModule;
#define GRPC_MODULE_SYMBOL "molva_grpc_module"
extern const GrpcModule molva_grpc_module;
