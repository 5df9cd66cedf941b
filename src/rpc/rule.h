/* Rules of the contract: what the fields of a request may hold. Any thread; pure. */
#pragma once
#include "rpc/rpc.h"

/* OK, or the first field that breaks a rule of the method: ERR_TOO_LARGE for a list with more elements and text with more bytes
 * than the largest number, otherwise ERR_INVALID. The text begins with the field: "member_ids[2]: not a UUID". */
MUST_CHECK Err rule_check(Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request);
