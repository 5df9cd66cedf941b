/* The REST face: routes of the contract, bearer token, JSON in and out. One per process, used by all loops. */
#pragma once
#include "net/http.h"
#include "rpc/rpc.h"

typedef struct Rest Rest;
/* Answers the exchange now or later, on this loop. */
typedef void (*RestRawFn)(void *owner, HttpExchange *exchange);

/* Takes the routes of all methods registered so far; with rpc NULL there are none. */
Rest *rest_new(Rpc *rpc);
void rest_free(Rest *rest);
/* At start: a path of its own beside the contract, for GET and HEAD, such as "/healthz". */
void rest_add_raw(Rest *rest, const char *path, RestRawFn fn, void *owner);
/* At start: who answers GET and HEAD of the paths that nobody else has, be it with a 404. */
void rest_set_fallback(Rest *rest, RestRawFn fn, void *owner);

/* For http_server_open(), with the Rest as owner. */
extern const HttpHandlers rest_handlers;
