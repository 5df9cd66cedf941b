/* The server's inside, for the parts that answer calls. */
#pragma once
#include "adapters/grpc/server_call.h"

/* Opens the server; `route` answers each call that is taken up. The rest as of grpc_server_open(), whose part this is. */
ON_WORKER MUST_CHECK Err server_open(Ctx *ctx, Grpc *grpc, Rpc *rpc, const GrpcServerConfig *config,
                                     void (*route)(ServerCall *call), GrpcServer **out_server);

/* Takes a call that stays open into the list, of at most GRPC_STREAMS_MAX. False, and the call is answered, when there are
 * too many or the server stops already. */
bool server_stream_add(ServerCall *call, const StreamOps *ops);
/* Under the lock. Accepts one that is not in the list. */
void server_stream_remove(ServerCall *call);
void server_lock(GrpcServer *server);
void server_unlock(GrpcServer *server);

Rpc *server_rpc(const GrpcServer *server);
/* What is hosted here. */
size_t server_services(const GrpcServer *server, const RpcService *const **out_services);
bool server_is_ready(const GrpcServer *server);
