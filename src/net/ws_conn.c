/* A WebSocket on a stream. Sending takes the caller's encoded bytes and one system call; receiving delivers complete
 * messages.
 *
 * Closing: `close_sent` after our close frame; from then on nothing is delivered, and only the peer's close frame, the
 * end of its
 * input or the timeout matter. `broken` after a violation: further input cannot be parsed and is discarded, so that the
 * peer gets
 * to read our close frame instead of a reset. `finishing`: both sides have closed, and the rest is being sent. */
#include "net/ws.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/metrics.h"
#include "net/http_internal.h"
#include "net/ws_frame.h"
#include "net/ws_handshake.h"

#define OPCODE_CLOSE  0x8
#define OPCODE_PING   0x9
#define OPCODE_PONG   0xa
#define CONTROL_MAX   125
#define CLOSE_NO_CODE 1005

/* The newest unanswered ping: RFC 6455, section 5.5.3 allows answering only that one. */
typedef struct Pong {
    size_t len;
    char payload[CONTROL_MAX];
} Pong;

struct WsConn {
    /* The fields that every write reads come first: they share one cache line. */
    Stream *stream;
    bool close_sent, broken, finishing, paused;
    uint16_t code;      /* for on_closed */
    uint32_t discarded; /* bytes received after our close frame */
    const WsHandlers *handlers;
    void *owner;
    WsParser parser;
    Pong *pong; /* NULL: none is due */
};

static Metric sockets = METRIC_GAUGE_INIT("molva_ws_sockets", "Open WebSockets.");
static Metric bytes_sent = METRIC_COUNTER_INIT("molva_ws_bytes_sent_total", "Bytes written to WebSockets.");
static Metric writes = METRIC_COUNTER_INIT("molva_ws_writes_total", "Writes to WebSockets.");

/* --- sending --- */

ON_LOOP static bool write_pieces(WsConn *conn, const struct iovec *pieces, int n_pieces)
{
    size_t bytes = 0;
    for (int i = 0; i < n_pieces; i++) bytes += pieces[i].iov_len;
    metric_add(&writes, 1);
    metric_add(&bytes_sent, (int64_t)bytes);
    return stream_write(conn->stream, pieces, n_pieces);
}

ON_LOOP static bool write_frame(WsConn *conn, unsigned opcode, Str payload)
{
    char header[WS_HEADER_MAX];
    size_t header_len = ws_frame_header(header, opcode, payload.len);
    const struct iovec pieces[2] = { { header, header_len }, { (void *)payload.ptr, payload.len } };
    return write_pieces(conn, pieces, payload.len ? 2 : 1);
}

/* No more application data is sent. */
ON_LOOP static bool ended(const WsConn *conn)
{
    return conn->close_sent || stream_closing(conn->stream);
}

bool ws_write(WsConn *conn, const char *frames, size_t len)
{
    assert(!stream_busy(conn->stream) || ended(conn));
    if (ended(conn)) return false;
    return write_pieces(conn, &(struct iovec){ (void *)frames, len }, 1);
}

bool ws_send_text(WsConn *conn, Str text)
{
    assert(!stream_busy(conn->stream) || ended(conn));
    if (ended(conn)) return false;
    return write_frame(conn, WS_OPCODE_TEXT, text);
}

void ws_ping(WsConn *conn, Str payload)
{
    assert(payload.len <= CONTROL_MAX);
    if (!ended(conn) && !stream_busy(conn->stream)) write_frame(conn, OPCODE_PING, payload);
}

void ws_prefetch(const WsConn *conn)
{
    stream_prefetch(conn->stream);
}

bool ws_busy(const WsConn *conn)
{
    return stream_busy(conn->stream);
}

size_t ws_unsent(const WsConn *conn)
{
    return stream_unsent(conn->stream);
}

static void remember_ping(WsConn *conn, Str payload)
{
    if (!conn->pong) conn->pong = malloc(sizeof *conn->pong);
    if (!conn->pong) abort();
    conn->pong->len = payload.len;
    if (payload.len) memcpy(conn->pong->payload, payload.ptr, payload.len);
}

ON_LOOP static void send_pong(WsConn *conn)
{
    if (!conn->pong || stream_busy(conn->stream)) return;
    Pong *pong = TAKE_PTR(conn->pong);
    if (!ended(conn)) write_frame(conn, OPCODE_PONG, (Str){ pong->payload, pong->len });
    free(pong);
}

/* --- closing --- */

static void keep_code(WsConn *conn, uint16_t code)
{
    if (conn->code == WS_CLOSE_ABNORMAL) conn->code = code;
}

/* The kernel has the last bytes. */
ON_LOOP static void on_said(WsConn *conn)
{
    if (conn->finishing)
        stream_close(conn->stream);
    else if (conn->broken)
        stream_shutdown(conn->stream);
}

/* Queues the close frame and keeps reading for the peer's. code 1005: a frame without a code. */
ON_LOOP static void send_close(WsConn *conn, uint16_t code)
{
    char payload[2] = { (char)(uint8_t)(code >> 8), (char)(uint8_t)code };
    keep_code(conn, code);
    conn->close_sent = true;
    bool said = write_frame(conn, OPCODE_CLOSE, (Str){ payload, code == CLOSE_NO_CODE ? 0 : 2 });
    if (stream_closing(conn->stream)) return;
    stream_wait(conn->stream, WAIT_CLOSE);
    conn->paused = false;
    stream_resume(conn->stream);
    if (said) on_said(conn);
}

void ws_close(WsConn *conn, uint16_t code)
{
    if (!ended(conn)) send_close(conn, code);
}

void ws_abort(WsConn *conn, uint16_t code)
{
    keep_code(conn, code);
    stream_close(conn->stream);
}

ON_LOOP static void fail(WsConn *conn, uint16_t code)
{
    bool was_closing = ended(conn);
    conn->broken = true;
    ws_parser_done(&conn->parser);
    if (!was_closing && conn->handlers->on_broken) conn->handlers->on_broken(conn->owner, code);
    if (!conn->close_sent)
        send_close(conn, code);
    else if (was_closing && !stream_busy(conn->stream))
        on_said(conn);
}

ON_LOOP static void on_peer_close(WsConn *conn, uint16_t code)
{
    conn->finishing = true;
    if (!conn->close_sent)
        send_close(conn, code);
    else if (!stream_busy(conn->stream))
        on_said(conn);
}

/* --- receiving --- */

ON_LOOP static void on_event(WsConn *conn, const WsEvent *event)
{
    switch (event->kind) {
    case WS_EVENT_NONE: break;
    case WS_EVENT_TEXT:
        if (!conn->close_sent) conn->handlers->on_text(conn->owner, event->payload);
        break;
    case WS_EVENT_PING:
        if (!conn->close_sent && conn->handlers->on_ping && !conn->handlers->on_ping(conn->owner)) break;
        remember_ping(conn, event->payload);
        break;
    case WS_EVENT_PONG:
        if (!conn->close_sent) conn->handlers->on_pong(conn->owner, event->payload);
        break;
    case WS_EVENT_CLOSE: on_peer_close(conn, event->code); break;
    case WS_EVENT_BROKEN: fail(conn, event->code); break;
    }
}

/* The peer may not have read our close frame yet. Its input is searched for a close frame up to a limit, then
 * discarded up to a limit, then not even read, so that it cannot keep the loop busy; the close timeout ends it.
 * True: search it. */
ON_LOOP static bool take_after_close(WsConn *conn, size_t len)
{
    conn->discarded += (uint32_t)len;
    if (conn->discarded > WS_CLOSING_BYTES_MAX) stream_pause(conn->stream);
    return conn->discarded <= WS_CLOSING_PARSED_MAX;
}

static size_t on_read(void *owner, char *data, size_t len)
{
    thread_role_assert(THREAD_LOOP);
    WsConn *conn = owner;
    size_t left = len;
    if (conn->close_sent && !take_after_close(conn, len)) return len;
    while (left > 0 && !conn->paused && !conn->broken && !conn->finishing && !stream_closing(conn->stream)) {
        WsEvent event = ws_parser_next(&conn->parser, &data, &left);
        on_event(conn, &event);
    }
    ws_parser_trim(&conn->parser);
    send_pong(conn); /* only the last of many pings in one read is answered */
    return conn->paused ? len - left : len;
}

void ws_limit(WsConn *conn, uint16_t message_max, uint16_t too_large_code)
{
    conn->parser.message_max = message_max;
    conn->parser.too_large_code = too_large_code;
}

void ws_read_pause(WsConn *conn, bool paused)
{
    if (ended(conn) || conn->paused == paused) return;
    conn->paused = paused;
    if (paused)
        stream_pause(conn->stream);
    else
        stream_resume(conn->stream);
}

static void on_end(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    WsConn *conn = owner;
    stream_close(conn->stream);
}

static void on_drained(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    WsConn *conn = owner;
    send_pong(conn);
    if (stream_busy(conn->stream) || stream_closing(conn->stream)) return;
    if (conn->close_sent)
        on_said(conn);
    else
        conn->handlers->on_writable(conn->owner);
}

static void on_late(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    WsConn *conn = owner;
    stream_close(conn->stream);
}

static void on_closed(void *owner)
{
    WsConn *conn = owner;
    metric_add(&sockets, -1);
    conn->handlers->on_closed(conn->owner, conn->code);
    ws_parser_done(&conn->parser);
    free(conn->pong);
    free(conn);
}

static const StreamOps stream_ops = {
    .on_read = on_read,
    .on_end = on_end,
    .on_drained = on_drained,
    .on_late = on_late,
    .on_closed = on_closed,
};

/* --- the handshake --- */

ON_LOOP static void refuse(HttpExchange *exchange, int status, const char *why)
{
    static const HttpHeader headers[] = {
        { STR("Content-Type"), STR("application/json") },
        { STR("Sec-WebSocket-Version"), STR("13") }, /* RFC 6455, section 4.4 */
        { STR("Upgrade"), STR("websocket") },        /* RFC 9110, section 15.5.22 */
    };
    StrBuf body;
    strbuf_init(&body, http_arena(exchange));
    http_error_json(&body, ERR_INVALID, str_of(why), 0);
    http_reply(exchange, &(HttpReply){ .status = status,
                                       .headers = headers,
                                       .n_headers = status == 426 ? 3 : 1,
                                       .body = strbuf_str(&body) });
}

/* The reply 101; returns its length. */
static size_t accept_text(char *out, size_t size, Str key, Str subprotocol)
{
    char accept[WS_ACCEPT_LEN + 1];
    ws_handshake_accept(key, accept);
    int len = snprintf(out, size,
                       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %s\r\n%s%.*s\r\n%s",
                       accept, subprotocol.len ? "Sec-WebSocket-Protocol: " : "", STR_ARG(subprotocol),
                       subprotocol.len ? "\r\n" : "");
    assert(len > 0 && (size_t)len < size);
    return (size_t)len;
}

WsConn *ws_accept(HttpExchange *exchange, Str subprotocol, const WsHandlers *handlers, void *owner)
{
    const HttpRequest *request = http_request(exchange);
    const char *why;
    char head[512];
    Str key;
    int status = ws_handshake_check(request, http_exchange_is_1_1(exchange), &key, &why);
    if (status != 101) {
        refuse(exchange, status, why);
        return NULL;
    }
    if (!ws_handshake_offers(request, subprotocol)) subprotocol = STR("");
    size_t head_len = accept_text(head, sizeof head, key, subprotocol);

    Stream *stream = http_exchange_take_stream(exchange);
    if (!stream) return NULL;
    WsConn *conn = calloc(1, sizeof *conn);
    if (!conn) abort();
    conn->stream = stream;
    conn->handlers = handlers;
    conn->owner = owner;
    conn->code = WS_CLOSE_ABNORMAL;
    metric_register(&sockets);
    metric_register(&bytes_sent);
    metric_register(&writes);
    metric_add(&sockets, 1);
    stream_wait_none(stream);
    stream_give(stream, &stream_ops, conn);
    stream_write(stream, &(struct iovec){ head, head_len }, 1);
    stream_resume(stream); /* the frames that came with the handshake */
    return conn;
}
