/* REST: routes of the contract, bearer token, JSON in and out. One per process, shared by all loops. */
#pragma once
#include "net/http.h"
#include "rpc/rpc.h"

typedef struct Rest Rest;
/* Replies to the exchange now or later, on this loop. */
typedef void (*RestRawFn)(void *owner, HttpExchange *exchange);

/* Builds the routes of all methods registered so far; none if rpc is NULL. */
Rest *rest_new(Rpc *rpc);
void rest_free(Rest *rest);
/* At startup: adds a path outside the contract for GET and HEAD, such as "/healthz". */
void rest_add_raw(Rest *rest, const char *path, RestRawFn fn, void *owner);
/* At startup: sets the handler for GET and HEAD of paths that have no other, even if it replies 404. */
void rest_set_fallback(Rest *rest, RestRawFn fn, void *owner);

/* For http_server_open(), with the Rest as owner. */
extern const HttpHandlers rest_handlers;
