/* The handlers of a call, by its method. Each takes a started call, on the thread of the call's queue. */
#pragma once
#include "adapters/grpc/server_call.h"

/* A method of the contract, call->method, through the dispatch. */
void unary_start(ServerCall *call);
/* grpc.health.v1 */
void health_check(ServerCall *call);
void health_watch(ServerCall *call);
/* grpc.reflection.v1 */
void reflection_info(ServerCall *call);
