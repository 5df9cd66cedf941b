/* Field rules of the contract: constraints on the fields of a request. Any thread; pure. */
#pragma once
#include "rpc/rpc.h"

/* OK, or the first field that breaks a rule of the method: ERR_TOO_LARGE for a list with too many elements or a text
 * with too many bytes, otherwise ERR_INVALID. The text starts with the field: "member_ids[2]: not a UUID". */
MUST_CHECK Err rule_check(Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request);
