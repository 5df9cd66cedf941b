/* The other end of a WebSocket: a blocking client for tests. Reads give up after 20 s and fail the test. */
#pragma once
#include <jansson.h>

#include "base/arena.h"
#include "base/str.h"

typedef struct WsPeer {
    int fd;
    int http_status;     /* of the answer to the handshake */
    uint16_t close_code; /* of the server's close frame, once it came; 1006 when the connection just ended */
    StrBuf in;
    size_t at;
} WsPeer;

/* Connects to 127.0.0.1 and asks for /v1/ws; origin may be NULL. */
WsPeer *ws_peer_open(uint16_t port, const char *origin);
/* Cuts the connection without a word. Accepts NULL. */
void ws_peer_cut(WsPeer *peer);
void ws_peer_freep(WsPeer **peer);

void ws_peer_say(WsPeer *peer, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The next text frame as JSON; NULL when the connection has ended. Pings are answered on the way. */
json_t *ws_peer_hear(WsPeer *peer);
/* Passes over frames until one of this type comes; fails the test when none does. */
json_t *ws_peer_hear_type(WsPeer *peer, const char *type);
