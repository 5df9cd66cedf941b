/* The sending half of net/ws.h as a double: what is written stands in memory, and the test says how much the peer takes.
 * Linked in place of net/ws_conn.c. */
#pragma once
#include "base/arena.h"
#include "net/ws.h"

struct WsConn {
    const WsHandlers *handlers;
    void *owner;
    StrBuf sent; /* all frames written so far */
    size_t read; /* up to where the test has looked */
    int writes;  /* calls of ws_write */
    size_t room; /* bytes the peer still takes; beyond, the connection is busy */
    size_t unsent;
    bool is_paused, is_closing;
    uint16_t message_max, too_large_code;
    uint16_t close_code; /* given to ws_close or ws_abort; 0: neither */
    int pings;
    char ping[126]; /* what the last ping carried */
};

/* A connection whose peer takes everything. */
WsConn *fake_ws_new(void);
/* The next text frame that was written, in the arena; empty when there is none. */
Str fake_ws_next(WsConn *conn, Arena *arena);
/* Frames written and not looked at yet; looks at them. */
int fake_ws_count(WsConn *conn);
/* The peer has taken everything and takes on. */
void fake_ws_drain(WsConn *conn);
/* The connection ends; the WsConn is freed. */
void fake_ws_end(WsConn *conn, uint16_t code);
