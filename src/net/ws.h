/* WebSocket (RFC 6455), server side, on one event loop. Delivers complete text messages; sends frames encoded by the
 * caller, so that one encoded event can go to thousands of sockets. permessage-deflate is not negotiated (ADR 3). An
 * idle connection holds no buffer. Everything here runs on the loop's thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "net/http.h"

typedef struct WsConn WsConn;

/* Molva's close codes; those below 4000 are RFC 6455's. */
enum {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_NOT_TEXT = 1003,
    WS_CLOSE_ABNORMAL = 1006, /* without a close frame; never sent (RFC 6455 section 7.4.1) */
    WS_CLOSE_BAD_UTF8 = 1007,
    WS_CLOSE_BAD_FRAME = 4400,
    WS_CLOSE_TOKEN_EXPIRED = 4401,
    WS_CLOSE_REVOKED = 4403,
    WS_CLOSE_SLOW = 4408,
    WS_CLOSE_GOING_AWAY = 4410,
    WS_CLOSE_TOO_LARGE = 4413,
    WS_CLOSE_VERSION = 4426,
    WS_CLOSE_RATE = 4429,
};

/* All are called on the loop. None is called after on_closed. Static storage. */
typedef struct WsHandlers {
    /* A complete text message of at most WS_FRAME_MAX bytes, or the ws_limit(), valid UTF-8; borrowed. */
    void (*on_text)(void *owner, Str text);
    /* A pong, with the ping's payload. */
    void (*on_pong)(void *owner, Str payload);
    /* Everything queued by ws_write() has been sent: the connection is idle again. */
    void (*on_writable)(void *owner);
    /* The connection is gone and its WsConn freed when this returns. code: the peer's, ours, or WS_CLOSE_ABNORMAL. */
    void (*on_closed)(void *owner, uint16_t code);
    /* A ping. False: do not answer it. NULL: all are answered. */
    bool (*on_ping)(void *owner);
    /* The peer violated the protocol; the close frame with this code follows. May be NULL. */
    void (*on_broken)(void *owner, uint16_t code);
} WsHandlers;

/* Replies 101 and turns the exchange's connection into a WebSocket; frees the exchange and all HTTP state. subprotocol:
 * selected if the client offered it; or empty. NULL if the request is not a valid WebSocket handshake of version 13,
 * which is answered with 400 or 426, or if the peer is gone: either way the exchange is freed and no handler is called.
 * Frames received with the handshake are delivered after this returns. */
ON_LOOP WsConn *ws_accept(HttpExchange *exchange, Str subprotocol, const WsHandlers *handlers, void *owner);

#define WS_OPCODE_TEXT 0x1
#define WS_HEADER_MAX  10
/* Writes the header of an unmasked, final frame; returns its length, 2 to 10. */
ANY_THREAD size_t ws_frame_header(char out_header[WS_HEADER_MAX], unsigned opcode, size_t payload_len);

/* Writes encoded frames to an idle connection, in one system call. True: the kernel has all of it. False: the rest was
 * copied; the connection is busy until on_writable, and the caller must not write meanwhile. After a failure it also
 * returns false, and on_closed follows. */
ON_LOOP bool ws_write(WsConn *conn, const char *frames, size_t len);
ON_LOOP bool ws_busy(const WsConn *conn);
/* Prefetches what ws_busy() and ws_write() will read, for a caller about to write to thousands. */
ON_LOOP void ws_prefetch(const WsConn *conn);
/* Bytes that were copied and that the kernel has not taken yet. */
ON_LOOP size_t ws_unsent(const WsConn *conn);
/* Sends one text message; only while not busy. As ws_write(). */
ON_LOOP bool ws_send_text(WsConn *conn, Str text);
/* A ping of at most 125 bytes; dropped while busy. */
ON_LOOP void ws_ping(WsConn *conn, Str payload);
/* From the next message on: the maximum size, and the close code beyond it; 0 and 0: WS_FRAME_MAX and 4413. */
ON_LOOP void ws_limit(WsConn *conn, uint16_t message_max, uint16_t too_large_code);
/* Stops and resumes reading, to slow down a client that calls faster than it is answered. */
ON_LOOP void ws_read_pause(WsConn *conn, bool paused);
/* Close handshake: queues a close frame, gives the peer 2 s to answer, then ends. on_closed follows. on_text is not
 * called any more. */
ON_LOOP void ws_close(WsConn *conn, uint16_t code);
/* Ends at once; on_closed follows before the loop polls again. */
ON_LOOP void ws_abort(WsConn *conn, uint16_t code);
