/* What the files of the HTTP server know of each other. Everything runs on the loop's thread. */
#pragma once
#include <sys/socket.h>

#include "net/http.h"
#include "net/http_parser.h"
#include "net/listener.h"
#include "net/peer.h"
#include "net/stream.h"

/* How long a peer may take to close after we did, and to answer a WebSocket close frame. */
#define CLOSE_TIMEOUT_MS 2000

typedef struct HttpConn HttpConn;

struct HttpServer {
    StreamGroup *group;
    Listener *listener; /* NULL once it drains */
    const HttpHandlers *handlers;
    void *owner;
    size_t connections_max; /* SIZE_MAX: unlimited */
    const Proxies *proxies; /* or NULL */
    Budget *places;         /* or NULL */
    HttpConn *conns;        /* all that are not WebSockets */
    size_t n_conns;
    bool draining, closed;
    int64_t date_s; /* what `date` shows */
    char date[30];  /* "Sun, 06 Nov 1994 08:49:37 GMT" */
};

struct HttpExchange {
    Arena *arena;
    HttpParser *parser;
    HttpConn *conn; /* NULL: the connection is gone */
    Charge held;
    Charge place; /* of a client behind a proxy */
};

/* --- http_conn.c --- */

/* Takes the socket, and the place. */
ON_LOOP void http_conn_open(HttpServer *server, int fd, const Peer *peer, Charge *place);
/* Closes the connection if nothing of a request has arrived; else it ends with its next reply. */
ON_LOOP void http_conn_drain(HttpConn *conn);
ON_LOOP void http_conn_close(HttpConn *conn);
/* The next one in the server's list. */
HttpConn *http_conn_next(const HttpConn *conn);
void http_exchange_free(HttpExchange *exchange);
/* Takes the stream out of HTTP and frees the exchange and its connection. NULL, and only the exchange is freed, when the
 * peer is gone. Bytes behind the request come to the stream's new owner, after the caller has returned. */
ON_LOOP Stream *http_exchange_take_stream(HttpExchange *exchange);
bool http_exchange_is_1_1(const HttpExchange *exchange);

/* --- http_state.c --- */

void http_state_metrics_register(void);
void http_server_add(HttpServer *server);
/* A connection is gone; may free the server. */
ON_LOOP void http_server_remove(HttpServer *server);
/* Frees it when it was closed and the last connection is gone. */
ON_LOOP void http_server_free_if_done(HttpServer *server);
/* False when there are as many connections as there may be. */
ON_LOOP bool http_server_has_room(HttpServer *server);
/* Takes a place for one more connection of this client; false when it has as many as one may. */
ON_LOOP bool http_server_take_place(HttpServer *server, const Peer *client, Charge *place);
/* A request was refused with this status before it reached a handler. */
void http_refusal_count(int status);

/* --- http_reply.c --- */

typedef enum HttpPersistence { HTTP_CLOSE, HTTP_KEEP, HTTP_KEEP_1_0 } HttpPersistence;

/* Status line and headers with the closing empty line. */
void http_reply_head(StrBuf *out, HttpServer *server, const HttpReply *reply, HttpPersistence persistence);
