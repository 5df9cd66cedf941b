/* How a client's channel behaves: whom it asks, when it gives a peer up, what it tries again. */
#pragma once
#include <grpc/grpc.h>

#include "rpc/rpc.h"

/* A channel to the target with the settings below. The caller destroys it. */
grpc_channel *channel_open(const RpcService *service, const char *target);
