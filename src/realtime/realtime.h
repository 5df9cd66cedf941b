/* The client edge: WebSocket sessions at GET /v1/ws, what they are subscribed to, and the way of an event to them.
 * One hub per loop owns the sessions of that loop; events come from pubsub on any thread and are posted to the loops that
 * have somebody to tell. What a client sees is in api/molva/realtime/v1/realtime.proto. */
#pragma once
#include "net/http.h"
#include "ports/pubsub.h"
#include "realtime/session/config.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

typedef struct Realtime Realtime;

/* All are borrowed until realtime_close(); the strings of config too. group, message, notification: clients of these
 * services. On the main thread, when the loops run and pubsub delivers nothing yet. */
ON_WORKER Realtime *realtime_open(const RealtimeConfig *config, Rpc *rpc, Identity *identity, Pubsub *pubsub,
                                  RpcClient *group, RpcClient *message, RpcClient *notification, WorkerPool *workers,
                                  Loop *const *loops, int n_loops);

/* Answers GET /v1/ws: 101 and a session on this loop; 403 for a foreign Origin; 400 or 426 when it is no handshake. */
ON_LOOP void realtime_accept(Realtime *realtime, HttpExchange *exchange);

/* Closes the sockets of a session that was ended, wherever that was heard. identity_revoke() came before. until_ms: since the
 * epoch. */
ANY_THREAD void realtime_revoke(Realtime *realtime, Id auth_session, int64_t until_ms);
/* Whether any of the user's devices is connected to this process, or was a few seconds ago; or, as far as they have told, to
 * another one. */
ANY_THREAD bool realtime_is_online(Realtime *realtime, Id user);
/* Sockets open now, also those that have not said hello. */
ANY_THREAD size_t realtime_sockets(Realtime *realtime);

/* Says bye 4410 to every client, spreading their return over spread_ms, and refuses new ones. Returns when the sockets are
 * closed, at the latest after within_ms. Not on a loop thread. */
ON_WORKER void realtime_drain(Realtime *realtime, uint32_t spread_ms, uint32_t within_ms);
/* Ends what is left and waits for what is under way. While workers and loops still run, after the HTTP servers stopped
 * listening. Nothing of it is touched afterwards but realtime_is_online(). Not on a loop thread. Accepts NULL. */
ON_WORKER void realtime_close(Realtime *realtime);
/* When the loops have stopped and pubsub delivers no more. Accepts NULL. */
void realtime_free(Realtime *realtime);
