/* How many tokens of its rate a call takes: the work grows with numbers that the caller chooses. Pure. */
#pragma once
#include "rpc/rpc.h"

/* Before the request is read: one for the call, and one for each full RPC_BYTES_PER_TOKEN of it. */
uint32_t cost_of_bytes(size_t request_bytes);
/* What the method's costs add once it was read. */
uint32_t cost_of_numbers(const RpcMethod *method, const ProtobufCMessage *request);
