/* HTTP/1.1 server (RFC 9110, RFC 9112) on one event loop: bytes in, requests out, replies in, bytes out.
 * Knows no route and no service. Everything here runs on the loop's thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/err.h"
#include "base/str.h"
#include "runtime/loop.h"

typedef struct HttpServer HttpServer;
typedef struct Proxies Proxies;
typedef struct HttpExchange HttpExchange; /* one request and its reply */

typedef struct HttpHeader {
    Str name, value;
} HttpHeader;

/* Lives in the exchange's arena. */
typedef struct HttpRequest {
    Str method; /* "GET"; HEAD is reported as HEAD, its reply's body is measured but not sent */
    Str path;   /* as sent, still percent-encoded, without the query */
    Str query;  /* behind '?', still percent-encoded */
    const HttpHeader *headers;
    size_t n_headers;
    Str body;
    Str peer; /* the client's address without port: what HttpConfig.proxies makes of the connection's */
} HttpRequest;

typedef struct HttpReply {
    int status;
    /* besides Date, Content-Length, Connection and X-Content-Type-Options, which the server writes */
    const HttpHeader *headers;
    size_t n_headers;
    Str body;        /* borrowed until http_reply() returns; */
    bool body_stays; /* or for good: then what the kernel does not take at once is not copied */
} HttpReply;

/* Why a request is answered before its body was read. */
typedef struct HttpRefusal {
    int status; /* HTTP status; usually that of `err`, else a closer one such as 414. 0: not refused */
    Err err;
    const char *why; /* static text for the client */
} HttpRefusal;

typedef struct HttpHandlers {
    /* The headers of a request that brings a body are there. Returns how many body bytes it may have; called before
     * "100 Continue" and before any allocation for the body. A larger body, declared or sent, is answered with 413. declared: its
     * length; 0: chunks. *out_refusal: how to answer instead of reading on. */
    size_t (*body_limit)(void *owner, HttpExchange *exchange, uint64_t declared, HttpRefusal *out_refusal);
    /* A whole request. http_reply(), http_fail() or ws_accept() must be called for it exactly once, now or later on
     * this loop. Requests of one connection come one after another: the next when this one is answered. */
    void (*on_request)(void *owner, HttpExchange *exchange);
} HttpHandlers;

/* Fixed after open; times in ms. Zero fields take the defaults of base/limits.h. */
typedef struct HttpConfig {
    const char *address; /* numeric IPv4 or IPv6 */
    uint16_t port;       /* 0: the system chooses, see http_server_port() */
    uint32_t header_timeout_ms, body_timeout_ms, idle_timeout_ms, write_timeout_ms;
    uint32_t rest_ms; /* between a reply 429 and the next request of its connection; not of a trusted proxy's */
    /* WebSockets included; beyond, a connection is closed at once. 0: unlimited, as it suits tests only: the caller derives
     * it from the open-file limit and the number of loops. */
    uint32_t connections_max;
    const Proxies *proxies; /* borrowed; NULL: whoever connects is the client */
    /* Borrowed; NULL: no limit. So many connections of one client, which is a peer_block(), WebSockets included: beyond, one is closed at
     * once; behind trusted proxies it is requests that count, answered with 429, and WebSockets. */
    Budget *places;
} HttpConfig;

/* Listens with SO_REUSEPORT, so that each loop has its own socket on the same port. OK, or ERR_UNAVAILABLE with
 * *out_why (static or arena-free text such as "address already in use"). */
ON_LOOP MUST_CHECK Err http_server_open(Loop *loop, const HttpConfig *config, const HttpHandlers *handlers, void *owner,
                                        HttpServer **out_server, const char **out_why);
ON_LOOP uint16_t http_server_port(const HttpServer *server);
/* Stops listening, closes idle connections, answers the rest with "Connection: close". WebSockets are their owner's. */
ON_LOOP void http_server_drain(HttpServer *server);
/* Connections that are not WebSockets and still open. */
ON_LOOP size_t http_server_connections(const HttpServer *server);
/* Closes all and frees. WebSockets stay: their owner ends them, before the loop stops. Exchanges that were not answered yet stay valid until they are; the reply goes nowhere. */
ON_LOOP void http_server_close(HttpServer *server);

ON_LOOP const HttpRequest *http_request(const HttpExchange *exchange);
/* Freed with the exchange, when it has been answered. */
ON_LOOP Arena *http_arena(HttpExchange *exchange);
/* What the exchange holds of a budget; the handler fills it. Given back when the reply is with the kernel, or when there is nobody
 * to take it. */
ON_LOOP Charge *http_held(HttpExchange *exchange);
/* Header by name, case-insensitive; empty with ptr NULL when absent. Repeated ones: the first; those of Host,
 * Content-Length, Authorization and Origin never come here. */
ANY_THREAD Str http_header(const HttpRequest *request, Str name);
/* Answers, and frees the exchange. The peer may be gone already; that is no error. */
ON_LOOP void http_reply(HttpExchange *exchange, const HttpReply *reply);
/* Answers with {"error":{...}} as api/errors.yaml says, and frees the exchange. */
ON_LOOP void http_fail(HttpExchange *exchange, Err err, Str message, uint32_t retry_after_ms);
/* The JSON body {"error":{"code","message","retryable","retry_after_ms"}}, the only writer of that shape. */
ANY_THREAD void http_error_json(StrBuf *out, Err err, Str message, uint32_t retry_after_ms);
