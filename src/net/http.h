/* HTTP/1.1 server (RFC 9110, RFC 9112) on one event loop: parses requests and sends replies. It knows no routes and no
 * services. Everything here runs on the loop's thread. */
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
    Str query;  /* after '?', still percent-encoded */
    const HttpHeader *headers;
    size_t n_headers;
    Str body;
    Str peer; /* the client's address without port, as HttpConfig.proxies derives it */
} HttpRequest;

typedef struct HttpReply {
    int status;
    /* in addition to Date, Content-Length, Connection and X-Content-Type-Options, which the server writes */
    const HttpHeader *headers;
    size_t n_headers;
    Str body;        /* borrowed until http_reply() returns; */
    bool body_stays; /* or for ever: then the part that the kernel does not take at once is not copied */
} HttpReply;

/* Why a request is answered before its body has been read. */
typedef struct HttpRefusal {
    int status; /* HTTP status; usually that of `err`, or a more specific one such as 414. 0: not refused */
    Err err;
    const char *why; /* static text for the client */
} HttpRefusal;

typedef struct HttpHandlers {
    /* Called when the headers of a request with a body are complete. Returns the number of body bytes permitted; called
     * before "100 Continue" and before any allocation for the body. A larger body, declared or sent, gets 413.
     * declared: its length; 0: chunked. *out_refusal: set it to reply instead of reading on. */
    size_t (*body_limit)(void *owner, HttpExchange *exchange, uint64_t declared, HttpRefusal *out_refusal);
    /* A complete request. http_reply(), http_fail() or ws_accept() must be called for it exactly once, now or later on
     * this loop. Requests of one connection arrive one at a time: the next once this one is answered. */
    void (*on_request)(void *owner, HttpExchange *exchange);
} HttpHandlers;

/* Fixed after open; times in ms. Zero fields take the defaults of base/limits.h. */
typedef struct HttpConfig {
    const char *address; /* numeric IPv4 or IPv6 */
    uint16_t port;       /* 0: the system chooses, see http_server_port() */
    uint32_t header_timeout_ms, body_timeout_ms, idle_timeout_ms, write_timeout_ms;
    uint32_t rest_ms; /* between a 429 and the connection's next request; not for a trusted proxy */
    /* Including WebSockets; beyond, a connection is closed at once. 0: unlimited, for tests only: otherwise the caller
     * derives it from the open-file limit and the number of loops. */
    uint32_t connections_max;
    const Proxies *proxies; /* borrowed; NULL: the peer is the client */
    /* Borrowed; NULL: no limit. Connections of one client (a peer_block()), including WebSockets: beyond, a new one is
     * closed at once. Behind trusted proxies requests, answered with 429, and WebSockets count instead. */
    Budget *places;
} HttpConfig;

/* Listens with SO_REUSEPORT, so that each loop has its own socket on the same port. OK, or ERR_UNAVAILABLE with
 * *out_why (a static text such as "address already in use"). */
ON_LOOP MUST_CHECK Err http_server_open(Loop *loop, const HttpConfig *config, const HttpHandlers *handlers, void *owner,
                                        HttpServer **out_server, const char **out_why);
ON_LOOP uint16_t http_server_port(const HttpServer *server);
/* Stops listening, closes idle connections, answers the rest with "Connection: close". WebSockets are left to their
 * owner. */
ON_LOOP void http_server_drain(HttpServer *server);
/* Open connections other than WebSockets. */
ON_LOOP size_t http_server_connections(const HttpServer *server);
/* Closes all connections and frees the server. WebSockets stay: their owner ends them before the loop stops. Unanswered
 * exchanges stay valid until they are answered; the reply is discarded. */
ON_LOOP void http_server_close(HttpServer *server);

ON_LOOP const HttpRequest *http_request(const HttpExchange *exchange);
/* Freed with the exchange, once it is answered. */
ON_LOOP Arena *http_arena(HttpExchange *exchange);
/* The exchange's charge on a budget; the handler fills it. Released when the kernel has the reply, or when the peer is
 * gone. */
ON_LOOP Charge *http_held(HttpExchange *exchange);
/* A header by name, case-insensitive; empty with ptr NULL if absent. The first if repeated; requests that repeat Host,
 * Content-Length, Authorization or Origin never reach a handler. */
ANY_THREAD Str http_header(const HttpRequest *request, Str name);
/* Replies and frees the exchange. It is no error if the peer is gone already. */
ON_LOOP void http_reply(HttpExchange *exchange, const HttpReply *reply);
/* Replies with {"error":{...}} as api/errors.yaml defines it, and frees the exchange. */
ON_LOOP void http_fail(HttpExchange *exchange, Err err, Str message, uint32_t retry_after_ms);
/* The JSON body {"error":{"code","message","retryable","retry_after_ms"}}, the only writer of that shape. */
ANY_THREAD void http_error_json(StrBuf *out, Err err, Str message, uint32_t retry_after_ms);
