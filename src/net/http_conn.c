/* One HTTP connection: reads a request, passes it to the handler, sends the reply, reads the next.
 *
 * A request is parsed only after the kernel has the reply before it, so replies are in order by construction. Pipelined
 * bytes stay unread in the stream, which stops reading then: at most STREAM_READ_BYTES. An idle connection has no
 * exchange: arena and parser are created with the first byte of a request and freed with its reply. */
#include "net/http_internal.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "net/peer.h"
#include "net/proxies.h"

_Static_assert(STREAM_READ_BYTES <= HTTP_PIPELINE_BYTES_MAX, "what is read ahead is one read at most");

typedef enum Phase {
    READING,   /* idle, or receiving a request */
    ANSWERING, /* the handler has the request */
    FLUSHING,  /* waiting for the kernel to take the reply */
    RESTING,   /* after a 429: the next request waits */
    ENDING,    /* the last reply is or will be sent; input is discarded until the peer closes too */
} Phase;

struct HttpConn {
    Stream *stream;
    HttpServer *server;
    HttpConn **link, *next; /* in the server's list; link: the pointer to this one */
    HttpExchange *exchange; /* being read or answered */
    uint32_t unsent_seen;   /* when the write timeout was set */
    uint32_t discarded;     /* bytes received while ENDING */
    uint8_t phase;
    bool rests;   /* once the kernel has the reply */
    bool at_end;  /* the peer has finished sending */
    bool parsing; /* parse_requests() is running and will continue by itself */
    bool taken;   /* the stream has a new owner: free this when parse_requests() ends */
    Peer peer;
    Charge held; /* for the unsent reply */
};

/* --- exchanges --- */

static HttpExchange *exchange_new(HttpConn *conn)
{
    Arena *arena = arena_new();
    HttpExchange *exchange = arena_new_of(arena, HttpExchange);
    exchange->arena = arena;
    exchange->parser = http_parser_new(arena);
    exchange->conn = conn;
    return exchange;
}

void http_exchange_free(HttpExchange *exchange)
{
    charge_release(&exchange->held);
    charge_release(&exchange->place);
    http_parser_done(exchange->parser);
    arena_free(exchange->arena);
}

/* --- a request as handlers see it --- */

const HttpRequest *http_request(const HttpExchange *exchange)
{
    return &http_parser_message(exchange->parser)->request;
}

Arena *http_arena(HttpExchange *exchange)
{
    return exchange->arena;
}

Charge *http_held(HttpExchange *exchange)
{
    return &exchange->held;
}

bool http_exchange_is_1_1(const HttpExchange *exchange)
{
    return http_parser_message(exchange->parser)->version == 11;
}

/* --- replies --- */

/* The kernel has the reply. */
ON_LOOP static void reply_sent(HttpConn *conn)
{
    charge_release(&conn->held);
    if (conn->phase == ENDING && conn->at_end) {
        stream_close(conn->stream);
        return;
    }
    if (conn->phase == ENDING) {
        /* Closing with input unread would reset the connection, and the peer might never see the reply. */
        stream_shutdown(conn->stream);
        stream_wait(conn->stream, WAIT_CLOSE);
        stream_resume(conn->stream);
        return;
    }
    if (conn->rests) {
        conn->phase = RESTING;
        stream_wait(conn->stream, WAIT_REST);
        return;
    }
    conn->phase = READING;
    stream_wait(conn->stream, WAIT_IDLE);
    /* parse_requests(), if running, continues with the next request by itself. */
    if (!conn->parsing) stream_resume(conn->stream);
}

/* A refusal costs almost as much as a reply, and a client that floods requests does not read it, so only a pause in
 * reading slows it down. A proxy carries other clients' requests over the same connection, so it is not paused. */
static bool must_rest(const HttpConn *conn, const HttpReply *reply)
{
    const Proxies *proxies = conn->server->proxies;
    return reply->status == 429 && !(proxies && proxies_trust(proxies, &conn->peer));
}

ON_LOOP static void wait_for_write(HttpConn *conn)
{
    size_t unsent = stream_unsent(conn->stream);
    conn->unsent_seen = unsent > UINT32_MAX ? UINT32_MAX : (uint32_t)unsent;
    stream_wait(conn->stream, WAIT_WRITE);
}

/* Sends the reply of the exchange, which the caller frees. */
ON_LOOP static void send_reply(HttpConn *conn, HttpExchange *exchange, const HttpReply *reply, bool keep)
{
    const HttpMessage *message = http_parser_message(exchange->parser);
    bool head_only = str_eq(message->request.method, STR("HEAD"));
    StrBuf head;
    strbuf_init(&head, exchange->arena);
    strbuf_reserve(&head, 512);
    HttpPersistence persistence = !keep ? HTTP_CLOSE : message->version == 10 ? HTTP_KEEP_1_0 : HTTP_KEEP;
    http_reply_head(&head, conn->server, reply, persistence);

    struct iovec pieces[2] = { { head.ptr, head.len }, { (void *)reply->body.ptr, reply->body.len } };
    bool with_body = !head_only && reply->body.len > 0 && reply->status != 204 && reply->status != 304;
    bool sent = with_body && reply->body_stays ? stream_write_staying(conn->stream, strbuf_str(&head), reply->body)
                                               : stream_write(conn->stream, pieces, with_body ? 2 : 1);
    charge_move(&conn->held, &exchange->held);
    conn->exchange = NULL;
    conn->phase = keep ? FLUSHING : ENDING;
    conn->rests = must_rest(conn, reply);
    if (stream_closing(conn->stream)) return;
    if (sent)
        reply_sent(conn);
    else
        wait_for_write(conn);
}

/* Replies to a request that never reached a handler, and ends the connection. */
ON_LOOP static void refuse(HttpConn *conn, HttpRefusal refusal)
{
    HttpExchange *exchange = conn->exchange;
    static const HttpHeader json = { STR("Content-Type"), STR("application/json") };
    StrBuf body;
    http_refusal_count(refusal.status);
    strbuf_init(&body, exchange->arena);
    http_error_json(&body, refusal.err, str_of(refusal.why), 0);
    HttpReply reply = { .status = refusal.status, .headers = &json, .n_headers = 1, .body = strbuf_str(&body) };
    send_reply(conn, exchange, &reply, false);
    http_exchange_free(exchange);
}

void http_reply(HttpExchange *exchange, const HttpReply *reply)
{
    HttpConn *conn = exchange->conn;
    thread_role_assert(THREAD_LOOP);
    if (conn && !stream_closing(conn->stream)) {
        assert(conn->exchange == exchange && conn->phase == ANSWERING);
        bool keep = http_parser_message(exchange->parser)->keep_alive && !conn->server->draining && !conn->at_end;
        send_reply(conn, exchange, reply, keep);
    } else if (conn) {
        conn->exchange = NULL;
    }
    http_exchange_free(exchange);
}

/* --- reading --- */

ON_LOOP static void hand_over(HttpConn *conn)
{
    HttpServer *server = conn->server;
    HttpExchange *exchange = conn->exchange;
    conn->phase = ANSWERING;
    stream_wait_none(conn->stream);
    server->handlers->on_request(server->owner, exchange);
}

/* Called when the headers are complete, so the client's address is known. False: refused. */
ON_LOOP static bool note_client(HttpConn *conn)
{
    static const HttpRefusal crowded = { 429, ERR_RATE_LIMITED, "too many connections from your address" };
    HttpExchange *exchange = conn->exchange;
    HttpServer *server = conn->server;
    HttpRequest *request = &http_parser_message_mut(exchange->parser)->request;
    Peer client = proxies_client(server->proxies, conn->peer, request);
    request->peer = peer_text(&client, exchange->arena);
    if (stream_place(conn->stream)->units || http_server_take_place(server, &client, &exchange->place)) return true;
    refuse(conn, crowded);
    return false;
}

/* Called when the headers are complete, for a request with a body. `more`: bytes of it have already arrived. */
ON_LOOP static void begin_body(HttpConn *conn, bool more)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    HttpServer *server = conn->server;
    HttpExchange *exchange = conn->exchange;
    HttpRefusal refusal = { 0 };
    const HttpMessage *message = http_parser_message(exchange->parser);
    if (!message->has_body) return;
    size_t limit = server->handlers->body_limit(server->owner, exchange, message->content_length, &refusal);
    if (!refusal.status && !http_parser_allow_body(exchange->parser, limit))
        refusal = http_parser_refusal(exchange->parser);
    if (refusal.status) {
        refuse(conn, refusal);
        return;
    }
    stream_wait(conn->stream, WAIT_BODY);
    if (message->expects_continue && !more)
        stream_write(conn->stream, &(struct iovec){ (void *)go_on, sizeof go_on - 1 }, 1);
}

/* Parses up to the end of the headers, of the request, or of the bytes. */
ON_LOOP static HttpProgress parse_step(HttpConn *conn, const char *data, size_t len, size_t *out_used)
{
    if (!conn->exchange) {
        conn->exchange = exchange_new(conn);
        stream_wait(conn->stream, WAIT_HEADERS);
    }
    HttpProgress progress = http_parser_feed(conn->exchange->parser, data, len, out_used);
    switch (progress) {
    case HTTP_PARSE_MORE: break;
    case HTTP_PARSE_HEADERS:
        if (note_client(conn)) begin_body(conn, *out_used < len);
        break;
    case HTTP_PARSE_DONE: hand_over(conn); break;
    case HTTP_PARSE_REFUSED: refuse(conn, http_parser_refusal(conn->exchange->parser)); break;
    }
    return progress;
}

/* Parses requests one after the other, as long as each is answered at once. Returns the bytes used. */
ON_LOOP static size_t parse_requests(HttpConn *conn, const char *data, size_t len)
{
    size_t used = 0;
    HttpProgress progress = HTTP_PARSE_MORE;
    conn->parsing = true;
    /* Continue after the headers even without a byte: a request without a body ends there. */
    while (conn->phase == READING && !conn->taken && !stream_closing(conn->stream) &&
           (used < len || progress == HTTP_PARSE_HEADERS)) {
        size_t step = 0;
        progress = parse_step(conn, data + used, len - used, &step);
        used += step;
    }
    conn->parsing = false;
    return used;
}

/* Lets the peer read the last reply, but bounds the input it can make the loop discard meanwhile. */
ON_LOOP static void discard(HttpConn *conn, size_t len)
{
    conn->discarded += (uint32_t)len;
    if (conn->discarded > HTTP_CLOSING_BYTES_MAX) stream_pause(conn->stream);
}

static size_t on_read(void *owner, char *data, size_t len)
{
    thread_role_assert(THREAD_LOOP);
    HttpConn *conn = owner;
    if (conn->phase == ENDING) {
        discard(conn, len);
        return len;
    }
    if (conn->phase != READING) return 0;
    size_t used = parse_requests(conn, data, len);
    if (conn->taken)
        free(conn);
    else if (conn->phase == ENDING)
        used = len;
    return used;
}

/* --- the connection's life --- */

/* A client may half-close after its last request and still wait for the reply. */
static void on_end(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    HttpConn *conn = owner;
    conn->at_end = true;
    bool reply_pending = conn->phase == ANSWERING || stream_busy(conn->stream);
    if (conn->phase == FLUSHING) conn->phase = ENDING;
    if (!reply_pending) stream_close(conn->stream);
}

static void on_drained(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    HttpConn *conn = owner;
    if (conn->phase == FLUSHING || conn->phase == ENDING) reply_sent(conn);
}

static void on_late(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    HttpConn *conn = owner;
    if (stream_busy(conn->stream) && (conn->phase == FLUSHING || conn->phase == ENDING)) {
        if (stream_unsent(conn->stream) < conn->unsent_seen)
            wait_for_write(conn); /* slow, but making progress */
        else
            stream_close(conn->stream);
        return;
    }
    if (conn->phase == RESTING) {
        conn->phase = READING;
        stream_wait(conn->stream, WAIT_IDLE);
        stream_resume(conn->stream);
    } else if (conn->phase == READING && conn->exchange) {
        refuse(conn, (HttpRefusal){ 408, ERR_TIMEOUT, "the request did not arrive in time" });
    } else {
        stream_close(conn->stream);
    }
}

/* Removes it from the server's list. */
ON_LOOP static void leave_server(HttpConn *conn)
{
    *conn->link = conn->next;
    if (conn->next) conn->next->link = conn->link;
    http_server_remove(conn->server);
}

static void on_closed(void *owner)
{
    thread_role_assert(THREAD_LOOP);
    HttpConn *conn = owner;
    if (conn->exchange && conn->phase == READING)
        http_exchange_free(conn->exchange);
    else if (conn->exchange)
        conn->exchange->conn = NULL; /* the handler's reply will be discarded */
    charge_release(&conn->held);
    leave_server(conn);
    free(conn);
}

static const StreamOps stream_ops = {
    .on_read = on_read,
    .on_end = on_end,
    .on_drained = on_drained,
    .on_late = on_late,
    .on_closed = on_closed,
};

void http_conn_open(HttpServer *server, int fd, const Peer *peer, Charge *place)
{
    HttpConn *conn = calloc(1, sizeof *conn);
    if (!conn) abort();
    conn->server = server;
    conn->phase = READING;
    conn->peer = *peer;
    conn->link = &server->conns;
    conn->next = server->conns;
    if (conn->next) conn->next->link = &conn->next;
    server->conns = conn;
    http_server_add(server);
    conn->stream = stream_new(server->group, fd, &stream_ops, conn);
    charge_move(stream_place(conn->stream), place);
    stream_wait(conn->stream, WAIT_HEADERS);
}

void http_conn_drain(HttpConn *conn)
{
    if ((conn->phase == READING && !conn->exchange) || conn->phase == RESTING) stream_close(conn->stream);
}

void http_conn_close(HttpConn *conn)
{
    stream_close(conn->stream);
}

HttpConn *http_conn_next(const HttpConn *conn)
{
    return conn->next;
}

Stream *http_exchange_take_stream(HttpExchange *exchange)
{
    HttpConn *conn = exchange->conn;
    if (conn) conn->exchange = NULL;
    if (conn) charge_move(stream_place(conn->stream), &exchange->place);
    if (conn && conn->at_end) stream_close(conn->stream);
    http_exchange_free(exchange);
    if (!conn || stream_closing(conn->stream)) return NULL;

    Stream *stream = conn->stream;
    leave_server(conn);
    if (conn->parsing)
        conn->taken = true;
    else
        free(conn);
    return stream;
}
