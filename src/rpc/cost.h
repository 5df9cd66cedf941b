/* How many tokens of its rate a call takes: its work grows with numbers that the caller chooses. Pure. */
#pragma once
#include "rpc/rpc.h"

/* Before the request is decoded: one for the call, and one for each full RPC_BYTES_PER_TOKEN. */
uint32_t cost_of_bytes(size_t request_bytes);
/* The method's additional costs, once the request is decoded. */
uint32_t cost_of_numbers(const RpcMethod *method, const ProtobufCMessage *request);
