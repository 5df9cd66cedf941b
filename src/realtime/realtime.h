/* The client edge: WebSocket sessions at GET /v1/ws, their subscriptions, and the delivery of events to them. One hub
 * per loop owns that loop's sessions; events arrive from pubsub on any thread and are posted to the loops that may have
 * a recipient. api/molva/realtime/v1/realtime.proto defines what clients see. */
#pragma once
#include "net/http.h"
#include "ports/pubsub.h"
#include "realtime/session/config.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

typedef struct Realtime Realtime;

/* All are borrowed until realtime_close(), including the strings in config. group, message, notification: clients of
 * these services. On the main thread, while the loops run and pubsub delivers nothing yet. */
ON_WORKER Realtime *realtime_open(const RealtimeConfig *config, Rpc *rpc, Identity *identity, Pubsub *pubsub,
                                  RpcClient *group, RpcClient *message, RpcClient *notification, WorkerPool *workers,
                                  Loop *const *loops, int n_loops);

/* Answers GET /v1/ws: 101 and a session on this loop; 403 for a foreign Origin; 400 or 426 if it is not a valid
 * handshake. */
ON_LOOP void realtime_accept(Realtime *realtime, HttpExchange *exchange);

/* Closes the sockets of a revoked session, whatever the source of that information. Call identity_revoke() before.
 * until_ms: since the epoch. */
ANY_THREAD void realtime_revoke(Realtime *realtime, Id auth_session, int64_t until_ms);
/* Whether any of the user's devices is connected to this process, or was a few seconds ago, or is announced by another
 * process. */
ANY_THREAD bool realtime_is_online(Realtime *realtime, Id user);
/* Open sockets, including those that have not sent hello. */
ANY_THREAD size_t realtime_sockets(Realtime *realtime);

/* Sends bye 4410 to every client, with reconnects spread over spread_ms, and refuses new ones. Returns once the sockets
 * are closed, or after within_ms. Not on a loop thread. */
ON_WORKER void realtime_drain(Realtime *realtime, uint32_t spread_ms, uint32_t within_ms);
/* Ends remaining sessions and waits for jobs in flight. While workers and loops still run, after the HTTP servers have
 * stopped listening. Afterwards only realtime_is_online() may be called. Not on a loop thread. Accepts NULL. */
ON_WORKER void realtime_close(Realtime *realtime);
/* Once the loops have stopped and pubsub delivers nothing any more. Accepts NULL. */
void realtime_free(Realtime *realtime);
