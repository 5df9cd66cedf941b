/* The contract over gRPC: a server for what this process hosts, clients for what others host, on the gRPC C core.
 * A module of its own (molva-grpc.so), so that a process without gRPC does not pay for the library: main programs reach it
 * through molva_grpc_module, tests link it. ON_WORKER means start-up threads too.
 *
 * Metadata of a call: `authorization: Bearer <access token>` from users; `molva-service-token` (rpc/service_token.h) from
 * our processes, and with it `molva-client-address` and `molva-client-agent`, which say for whom; `traceparent` from anybody.
 * Of an answer: `molva-error` (the name in api/errors.yaml) and `molva-retry-after-ms` beside the gRPC status. */
#pragma once
#include "rpc/rpc.h"
#include "rpc/service_token.h"

typedef struct Grpc Grpc;             /* the library, its threads, who we are: one per process */
typedef struct GrpcServer GrpcServer; /* at most one per process */

typedef struct GrpcConfig {
    const char *process;   /* the services that run here, "auth,group": the issuer of our service tokens */
    const ServiceKey *key; /* borrowed; without one nothing starts */
    unsigned workers;      /* threads that call; a service that hangs holds half of them at most, but for a second */
    unsigned threads;      /* completion queues; 0: one for every four cores */
} GrpcConfig;

/* Starts the library and its threads. ERR_PRECONDITION without a service key. */
ON_WORKER MUST_CHECK Err grpc_engine_open(Ctx *ctx, const GrpcConfig *config, Grpc **out_grpc);
/* After all its clients and its server. Accepts NULL. */
void grpc_engine_close(Grpc *grpc);

/* A client for a service that other processes host, released by rpc_client_free(). Target: gRPC's name syntax, such as
 * "dns:///group:7001" or "ipv4:127.0.0.1:7001,127.0.0.1:7002"; calls go round robin to the peers that say they serve it.
 * A call ends by ctx's deadline, else after RPC_DEADLINE_MS:
 *   ERR_UNAVAILABLE  no peer was there, it went away in the middle of a call that must not run twice, or too many calls wait for
 *                    the service already (adapters/grpc/bulkhead.h)
 *   ERR_TIMEOUT      the peer took too long
 *   ERR_INTERNAL     the peer does not know us: the processes have different keys or clocks
 *   any other        what the method answered, with its text and retry_after_ms
 * A call that was surely not run, and any call of a repeatable method, is tried again by itself. */
ON_WORKER RpcClient *grpc_client_new(Grpc *grpc, const RpcService *service, const char *target);

/* OK while some peer says that it serves the service, or nobody has asked for long; else ERR_UNAVAILABLE. Does not wait. For
 * readiness. `client` is of grpc_client_new(). */
ANY_THREAD MUST_CHECK Err grpc_client_check(RpcClient *client, Ctx *ctx);

typedef struct GrpcServerConfig {
    const char *address;               /* "127.0.0.1:7001", "[::]:7001"; port 0 takes a free one */
    const RpcService *const *services; /* hosted here, as registered with the Rpc; borrowed */
    size_t n_services;
} GrpcServerConfig;

/* Serves the methods registered with `rpc`, grpc.health.v1 and grpc.reflection.v1. It says that it does not serve until
 * grpc_server_ready(). ERR_CONFLICT when the address is taken. */
ON_WORKER MUST_CHECK Err grpc_server_open(Ctx *ctx, Grpc *grpc, Rpc *rpc, const GrpcServerConfig *config,
                                          GrpcServer **out_server);
ANY_THREAD uint16_t grpc_server_port(const GrpcServer *server);
/* What health checks are told; clients send no calls to a server that is not ready, though it answers those that come. */
ANY_THREAD void grpc_server_ready(GrpcServer *server, bool ready);
/* Tells the clients to go elsewhere, lets running calls end, ends the others at within_ms, stops listening. */
ON_WORKER void grpc_server_drain(GrpcServer *server, uint32_t within_ms);
/* Drains with no patience what was not drained. Before the Rpc and its workers end. Accepts NULL. */
ON_WORKER void grpc_server_close(GrpcServer *server);

/* All of it as one symbol for dlsym(). */
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
