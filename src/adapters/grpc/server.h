/* The server's inside, for the parts that answer calls. */
#pragma once
#include "adapters/grpc/server_call.h"

/* Takes a call that stays open into the list, of at most GRPC_STREAMS_MAX; `end` is called under the lock when the server stops.
 * False, and the call is answered, when there are too many or the server stops already. */
bool server_stream_add(ServerCall *call, void (*end)(ServerCall *call));
/* Under the lock. Accepts one that is not in the list. */
void server_stream_remove(ServerCall *call);
/* fn for each that is open, under the lock. */
void server_streams_each(GrpcServer *server, void (*fn)(ServerCall *call));
void server_lock(GrpcServer *server);
void server_unlock(GrpcServer *server);
/* The last reference of a call is gone. */
void server_call_ended(GrpcServer *server);

Rpc *server_rpc(const GrpcServer *server);
/* What is hosted here. */
size_t server_services(const GrpcServer *server, const RpcService *const **out_services);
bool server_is_ready(const GrpcServer *server);

/* Answers of their own: ServerCallFn with the call begun. */
void health_check(ServerCall *call);
void health_watch(ServerCall *call);
/* Readiness changed: those who watch are told. Under the lock. */
void health_changed(ServerCall *call);
void reflection_info(ServerCall *call);
/* A method of the contract, through the dispatch. */
void unary_start(ServerCall *call);
