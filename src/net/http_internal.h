/* Shared by the files of the HTTP server only. Everything runs on the loop's thread. */
#pragma once
#include <sys/socket.h>

#include "net/http.h"
#include "net/http_parser.h"
#include "net/listener.h"
#include "net/peer.h"
#include "net/stream.h"

/* How long a peer may take to close after us, and to answer a WebSocket close frame. */
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

/* Takes ownership of the socket and the charge. */
ON_LOOP void http_conn_open(HttpServer *server, int fd, const Peer *peer, Charge *place);
/* Closes the connection if no byte of a request has arrived; otherwise it ends with its next reply. */
ON_LOOP void http_conn_drain(HttpConn *conn);
ON_LOOP void http_conn_close(HttpConn *conn);
/* The next one in the server's list. */
HttpConn *http_conn_next(const HttpConn *conn);
void http_exchange_free(HttpExchange *exchange);
/* Detaches the stream from HTTP and frees the exchange and its connection. If the peer is gone: NULL, and only the
 * exchange is freed. The stream's new owner receives bytes after the request once the caller has returned. */
ON_LOOP Stream *http_exchange_take_stream(HttpExchange *exchange);
bool http_exchange_is_1_1(const HttpExchange *exchange);

/* --- http_state.c --- */

void http_state_metrics_register(void);
void http_server_add(HttpServer *server);
/* Removes a connection; may free the server. */
ON_LOOP void http_server_remove(HttpServer *server);
/* Frees the server if it is closed and the last connection is gone. */
ON_LOOP void http_server_free_if_done(HttpServer *server);
/* False if the maximum number of connections is open. */
ON_LOOP bool http_server_has_room(HttpServer *server);
/* Charges one more connection to this client; false if it has the maximum. */
ON_LOOP bool http_server_take_place(HttpServer *server, const Peer *client, Charge *place);
/* Counts a request refused with this status before it reached a handler. */
void http_refusal_count(int status);

/* --- http_reply.c --- */

typedef enum HttpPersistence { HTTP_CLOSE, HTTP_KEEP, HTTP_KEEP_1_0 } HttpPersistence;

/* Writes the status line and the headers with the final empty line. */
void http_reply_head(StrBuf *out, HttpServer *server, const HttpReply *reply, HttpPersistence persistence);
