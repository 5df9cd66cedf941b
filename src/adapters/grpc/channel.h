/* The behaviour of a client's channel: peers, failure detection, retries. */
#pragma once
#include <grpc/grpc.h>

#include "rpc/rpc.h"

/* A channel to the target with the settings below. The caller destroys it. */
grpc_channel *channel_open(const RpcService *service, const char *target);
