/* Tokens by bytes, elements and numbers. */
#include "rpc/cost.h"

#include "base/limits.h"
#include "rpc/pb_field.h"

#define TOKENS_MAX 1000000 /* more than any bucket holds, and far from overflow in sums */

static uint32_t at_most(uint64_t tokens)
{
    return tokens < TOKENS_MAX ? (uint32_t)tokens : TOKENS_MAX;
}

uint32_t cost_of_bytes(size_t request_bytes)
{
    return at_most(1 + request_bytes / RPC_BYTES_PER_TOKEN);
}

/* Negative numbers cost nothing, because methods refuse or ignore them. */
static uint64_t number_of(const ProtobufCMessage *request, const ProtobufCFieldDescriptor *field)
{
    const void *member = field_member(request, field);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) return *field_count(request, field);
    uint32_t number = *(const uint32_t *)member;
    return type_is_signed(field->type) && (int32_t)number < 0 ? 0 : number;
}

uint32_t cost_of_numbers(const RpcMethod *method, const ProtobufCMessage *request)
{
    uint64_t tokens = 0;
    for (size_t i = 0; i < RPC_COSTS_MAX && method->costs[i].field; i++) {
        const RpcCost *cost = &method->costs[i];
        uint64_t number = number_of(request, protobuf_c_message_descriptor_get_field(request->descriptor, cost->field));
        if (cost->most && number > cost->most) number = cost->most;
        if (number > cost->per_token) tokens += (number - 1) / cost->per_token;
    }
    return at_most(tokens);
}
