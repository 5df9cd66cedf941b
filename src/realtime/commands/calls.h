/* The calls of one client: one runs at a time, in the order they came, so that two sends never change places. The others
 * wait; when too many do, or the client does not read its answers, nothing more is read from it. On the hub's loop. */
#pragma once
#include "realtime/session/session.h"
#include "rpc/rpc.h"

/* Starts the call or lets it wait, then with a copy of the JSON of params, which counts among the user's bytes in flight. ERR_RATE_LIMITED
 * or ERR_UNAVAILABLE, with ctx->retry_after_ms, when there are too many of those. */
ON_LOOP MUST_CHECK Err calls_add(ClientSession *session, Ctx *ctx, uint32_t id, const RpcMethod *method, Str params);
/* The socket has taken what was in its way: goes on. */
void calls_resume(ClientSession *session);
/* Forgets those that wait; the answer of the one that runs will go nowhere. */
void calls_drop(ClientSession *session);
