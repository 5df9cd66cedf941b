/* Other processes: clients of the services that do not run here, and the gRPC server through which others reach those
 * that do. Loads the gRPC module only if the settings ask for either. On the main thread. */
#pragma once
#include "adapters/grpc/grpc.h"
#include "app/health.h"
#include "app/hosts.h"
#include "app/plan.h"

/* A zeroed one is empty. */
typedef struct Remotes {
    const GrpcModule *module; /* NULL: the settings ask for no gRPC */
    ServiceKey *key;
    Grpc *grpc;
    GrpcServer *server; /* NULL while it does not listen */
    const RpcService *hosted[SERVICES];
    size_t n_hosted;
    struct RemoteClient {
        const struct Remotes *remotes;
        RpcClient *client; /* borrowed from Hosts */
    } clients[SERVICES];
} Remotes;

/* Stores the clients in hosts->of, and registers their services with the Rpc if a WebSocket is served here. Unreachable
 * services are not an error. */
MUST_CHECK Err remotes_open(Ctx *ctx, const Plan *plan, Rpc *rpc, Hosts *hosts, Remotes *out_remotes);
/* Adds them to /readyz. */
void remotes_add_checks(Remotes *remotes, Health *health);
/* Once all services here can answer. */
MUST_CHECK Err remotes_listen(Ctx *ctx, const Plan *plan, Rpc *rpc, Remotes *remotes);
/* Refuses new calls and lets running ones finish within within_ms. Accepts a zeroed one. */
void remotes_drain(Remotes *remotes, uint32_t within_ms);
/* The server ends. Accepts a zeroed one. */
void remotes_stop(Remotes *remotes);
/* Once nobody calls any more and the clients are freed. Accepts a zeroed one. */
void remotes_close(Remotes *remotes);
