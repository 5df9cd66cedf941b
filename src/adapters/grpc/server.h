/* Internals of the server, for the handlers of calls. */
#pragma once
#include "adapters/grpc/server_call.h"

/* Opens the server; `route` handles each accepted call. Otherwise as grpc_server_open(), which calls this. */
ON_WORKER MUST_CHECK Err server_open(Ctx *ctx, Grpc *grpc, Rpc *rpc, const GrpcServerConfig *config,
                                     void (*route)(ServerCall *call), GrpcServer **out_server);

/* Adds a call that stays open to the list of at most GRPC_STREAMS_MAX. False, and the call is answered, if there are
 * too many or the server is stopping. */
bool server_stream_add(ServerCall *call, const StreamOps *ops);
/* Under the lock. Accepts one that is not in the list. */
void server_stream_remove(ServerCall *call);
void server_lock(GrpcServer *server);
void server_unlock(GrpcServer *server);

Rpc *server_rpc(const GrpcServer *server);
/* What is hosted here. */
size_t server_services(const GrpcServer *server, const RpcService *const **out_services);
bool server_is_ready(const GrpcServer *server);
