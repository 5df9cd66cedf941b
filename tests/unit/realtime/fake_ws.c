/* The WebSocket double. */
#include "fake_ws.h"

#include <stdlib.h>

WsConn *fake_ws_new(void)
{
    WsConn *conn = calloc(1, sizeof *conn);
    if (!conn) abort();
    conn->room = SIZE_MAX / 2;
    return conn;
}

bool ws_write(WsConn *conn, const char *frames, size_t len)
{
    if (conn->is_closing) return false;
    conn->writes++;
    strbuf_add(&conn->sent, (Str){ frames, len });
    if (len <= conn->room) {
        conn->room -= len;
        return true;
    }
    conn->unsent += len - conn->room;
    conn->room = 0;
    return false;
}

void ws_prefetch(const WsConn *conn)
{
}

bool ws_busy(const WsConn *conn)
{
    return conn->unsent > 0;
}

size_t ws_unsent(const WsConn *conn)
{
    return conn->unsent;
}

bool ws_send_text(WsConn *conn, Str text)
{
    char header[WS_HEADER_MAX];
    strbuf_add(&conn->sent, (Str){ header, ws_frame_header(header, WS_OPCODE_TEXT, text.len) });
    strbuf_add(&conn->sent, text);
    return true;
}

void ws_ping(WsConn *conn, Str payload)
{
    conn->pings++;
    memcpy(conn->ping, payload.ptr, payload.len);
    conn->ping[payload.len] = '\0';
}

void ws_limit(WsConn *conn, uint16_t message_max, uint16_t too_large_code)
{
    conn->message_max = message_max;
    conn->too_large_code = too_large_code;
}

void ws_read_pause(WsConn *conn, bool paused)
{
    conn->is_paused = paused;
}

void ws_close(WsConn *conn, uint16_t code)
{
    conn->is_closing = true;
    conn->close_code = code;
}

void ws_abort(WsConn *conn, uint16_t code)
{
    ws_close(conn, code);
}

Str fake_ws_next(WsConn *conn, Arena *arena)
{
    const unsigned char *at = (const unsigned char *)conn->sent.ptr + conn->read;
    if (conn->read == conn->sent.len) return (Str){ "", 0 };
    size_t len = at[1], head = 2;
    if (len == 126) {
        len = (size_t)at[2] << 8 | at[3];
        head = 4;
    } else if (len == 127) {
        for (len = 0; head < 10; head++) len = len << 8 | at[head];
    }
    conn->read += head + len;
    return str_dup(arena, (Str){ (const char *)at + head, len });
}

int fake_ws_count(WsConn *conn)
{
    Arena *arena = arena_new();
    int count = 0;
    while (fake_ws_next(conn, arena).len) count++;
    arena_free(arena);
    return count;
}

void fake_ws_drain(WsConn *conn)
{
    conn->room = SIZE_MAX / 2;
    conn->unsent = 0;
    if (!conn->is_closing) conn->handlers->on_writable(conn->owner);
}

void fake_ws_end(WsConn *conn, uint16_t code)
{
    conn->handlers->on_closed(conn->owner, code);
    strbuf_done(&conn->sent);
    free(conn);
}
