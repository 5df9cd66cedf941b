/* Semantic checks of a request's headers, beyond the grammar: version, Host, framing, Expect, target. Pure, any
 * thread. */
#pragma once
#include "net/http.h"

/* A request's headers and what they imply. */
typedef struct HttpMessage {
    HttpRequest request;     /* `body` is set when the request is done, `peer` by the connection */
    int version;             /* 11: HTTP/1.1, 10: HTTP/1.0 */
    bool keep_alive;         /* the client may send another request on this connection */
    uint64_t content_length; /* as declared; 0: none, or chunks */
    bool has_body;           /* of at least one byte, or of unknown length */
    bool expects_continue;   /* waits for "100 Continue" before it sends the body */
} HttpMessage;

/* Checks method, headers, version and content_length, and sets path, query, has_body and expects_continue. */
MUST_CHECK HttpRefusal http_rules_check(HttpMessage *message, Str target);
