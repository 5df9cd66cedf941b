/* The calls of one client: one runs at a time, in the order they came, so that two sends never change places. The others
 * wait; when too many do, or the client does not read its answers, nothing more is read from it. On the hub's loop. */
#pragma once
#include <jansson.h>

#include "realtime/client.h"
#include "rpc/rpc.h"

/* Starts the call or lets it wait. Takes the reference of params. */
void calls_add(Client *client, uint32_t id, const RpcMethod *method, json_t *params);
/* The socket has taken what was in its way: goes on. */
void calls_resume(Client *client);
/* Forgets those that wait; the answer of the one that runs will go nowhere. */
void calls_drop(Client *client);
