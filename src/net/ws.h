/* WebSocket (RFC 6455), server side, on one event loop. Delivers whole text messages; sends frames that the caller has
 * encoded, so that one encoded event can go to thousands of sockets. permessage-deflate is not negotiated (ADR 0003).
 * An idle connection holds no buffer. Everything here runs on the loop's thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "net/http.h"

typedef struct WsConn WsConn;

/* Close codes of Molva (protocol.md); those below 4000 are RFC 6455's. */
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
    /* A whole text message of at most WS_FRAME_MAX bytes, or what ws_limit() said, valid UTF-8; borrowed. */
    void (*on_text)(void *owner, Str text);
    /* A pong, with what the ping carried. */
    void (*on_pong)(void *owner, Str payload);
    /* What ws_write() could not pass on has gone out: the connection is idle again. */
    void (*on_writable)(void *owner);
    /* The connection is gone and its WsConn freed when this returns. code: the peer's, ours, or WS_CLOSE_ABNORMAL. */
    void (*on_closed)(void *owner, uint16_t code);
    /* A ping. False: it is not answered. NULL: all are. */
    bool (*on_ping)(void *owner);
    /* The peer broke a rule of the wire; the close frame with this code follows. NULL: nothing is said before it. */
    void (*on_broken)(void *owner, uint16_t code);
} WsHandlers;

/* Answers the exchange with 101 and turns its connection into a WebSocket; frees the exchange and all HTTP state.
 * subprotocol: selected if the client offered it; or empty. NULL when the request is no valid WebSocket handshake of
 * version 13, which is then answered with 400 or 426, and when the peer is gone: in either case the exchange is freed and
 * no handler is called. Frames that came with the handshake are delivered after this returns. */
ON_LOOP WsConn *ws_accept(HttpExchange *exchange, Str subprotocol, const WsHandlers *handlers, void *owner);

#define WS_OPCODE_TEXT 0x1
#define WS_HEADER_MAX  10
/* Writes the header of an unmasked, final frame; returns its length, 2 to 10. */
ANY_THREAD size_t ws_frame_header(char out_header[WS_HEADER_MAX], unsigned opcode, size_t payload_len);

/* Writes encoded frames to an idle connection, in one system call. True: all of it is with the kernel. False: the rest was
 * copied, the connection is busy until on_writable, and the caller must not write meanwhile. After a failure it also
 * returns false and on_closed follows. */
ON_LOOP bool ws_write(WsConn *conn, const char *frames, size_t len);
ON_LOOP bool ws_busy(const WsConn *conn);
/* Gets what ws_busy() and ws_write() will look at into the cache; for who is about to write to thousands. */
ON_LOOP void ws_prefetch(const WsConn *conn);
/* Bytes copied and not yet taken by the kernel. */
ON_LOOP size_t ws_unsent(const WsConn *conn);
/* Sends one text message; only while not busy. As ws_write(). */
ON_LOOP bool ws_send_text(WsConn *conn, Str text);
/* A ping of at most 125 bytes; dropped while busy. */
ON_LOOP void ws_ping(WsConn *conn, Str payload);
/* From the next message on: so many bytes at most, and what to close with beyond them; 0 and 0: WS_FRAME_MAX and 4413. */
ON_LOOP void ws_limit(WsConn *conn, uint16_t message_max, uint16_t too_large_code);
/* Stops and resumes reading, to slow down a client that calls faster than it is answered. */
ON_LOOP void ws_read_pause(WsConn *conn, bool paused);
/* Close handshake: sends a close frame behind what is queued, gives the peer 2 s to answer, then ends. on_closed follows.
 * on_text is not called any more. */
ON_LOOP void ws_close(WsConn *conn, uint16_t code);
/* Ends at once; on_closed follows before the loop polls again. */
ON_LOOP void ws_abort(WsConn *conn, uint16_t code);
