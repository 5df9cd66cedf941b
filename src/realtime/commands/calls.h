/* The calls of one client: one runs at a time, in order of arrival, so that two sends never swap. The others wait; when
 * too many wait, or the client does not read its responses, its socket is no longer read. On the hub's loop. */
#pragma once
#include "realtime/session/session.h"
#include "rpc/rpc.h"

/* Starts the call, or queues it with a copy of its params' JSON, which is charged to the user's bytes in flight.
 * ERR_RATE_LIMITED or ERR_UNAVAILABLE, with ctx->retry_after_ms, if that exceeds a limit. */
ON_LOOP MUST_CHECK Err calls_add(ClientSession *session, Ctx *ctx, uint32_t id, const RpcMethod *method, Str params);
/* Continues once the socket is writable again. */
void calls_resume(ClientSession *session);
/* Drops waiting calls; the response of the running one will be discarded. */
void calls_drop(ClientSession *session);
