/* A small server over net/http.h and net/ws.h for foreign clients to try: net_echo_test.py drives it. It prints its port,
 * and stops when its standard input ends.
 *
 *   any request   200, the body sent back; X-Method, X-Path, X-Query, X-Peer tell what was understood
 *   /fail         http_fail(ERR_NOT_FOUND)
 *   /later        as any, but answered when the loop comes round
 *   /large?N      a body of N bytes
 *   /ws           a WebSocket that sends texts back; "!close N", "!abort N", "!ping X", "!large N" do what they say,
 *                 "!pongs" tells how many pongs came
 * Bodies may have 1 MiB, those of /small 16 bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/http.h"
#include "net/ws.h"

typedef struct Socket {
    WsConn *ws;
    struct Socket **link, *next;
    StrBuf queued; /* while busy */
    uint64_t pongs;
} Socket;

static HttpServer *server;
static Socket *sockets;

/* --- WebSocket --- */

static void send_text(Socket *socket, Str text)
{
    char header[WS_HEADER_MAX];
    strbuf_add(&socket->queued, (Str){ header, ws_frame_header(header, WS_OPCODE_TEXT, text.len) });
    strbuf_add(&socket->queued, text);
    if (ws_busy(socket->ws)) return;
    ws_write(socket->ws, socket->queued.ptr, socket->queued.len);
    socket->queued.len = 0;
}

static void on_writable(void *owner)
{
    Socket *socket = owner;
    if (socket->queued.len) ws_write(socket->ws, socket->queued.ptr, socket->queued.len);
    socket->queued.len = 0;
}

static void send_large(Socket *socket, size_t len)
{
    char *text = malloc(len);
    if (!text) abort();
    memset(text, 'x', len);
    send_text(socket, (Str){ text, len });
    free(text);
}

static void on_text(void *owner, Str text)
{
    Socket *socket = owner;
    char number[24];
    uint64_t value = 0;
    Str rest = text, word = str_cut(&rest, ' ');
    bool has_value = str_to_u64(rest, 100000000, &value);
    if (str_eq(word, STR("!ping")))
        ws_ping(socket->ws, rest);
    else if (str_eq(word, STR("!pongs")))
        send_text(socket, (Str){ number, (size_t)snprintf(number, sizeof number, "%" PRIu64, socket->pongs) });
    else if (has_value && str_eq(word, STR("!close")))
        ws_close(socket->ws, (uint16_t)value);
    else if (has_value && str_eq(word, STR("!abort")))
        ws_abort(socket->ws, (uint16_t)value);
    else if (has_value && str_eq(word, STR("!large")))
        send_large(socket, value);
    else
        send_text(socket, text);
}

static void on_pong(void *owner, Str payload)
{
    Socket *socket = owner;
    (void)payload;
    socket->pongs++;
}

static void on_closed(void *owner, uint16_t code)
{
    Socket *socket = owner;
    printf("closed %u\n", code);
    fflush(stdout);
    *socket->link = socket->next;
    if (socket->next) socket->next->link = socket->link;
    strbuf_done(&socket->queued);
    free(socket);
}

static const WsHandlers ws_handlers = { on_text, on_pong, on_writable, on_closed };

static void accept_ws(HttpExchange *exchange)
{
    Socket *socket = calloc(1, sizeof *socket);
    if (!socket) abort();
    socket->ws = ws_accept(exchange, STR("echo.v1"), &ws_handlers, socket);
    if (!socket->ws) {
        free(socket);
        return;
    }
    socket->link = &sockets;
    socket->next = sockets;
    if (socket->next) socket->next->link = &socket->next;
    sockets = socket;
}

/* --- HTTP --- */

static size_t body_limit(void *owner, HttpExchange *exchange, uint64_t declared, HttpRefusal *out_refusal)
{
    (void)owner;
    return str_eq(http_request(exchange)->path, STR("/small")) ? 16 : 1048576;
}

static void echo(HttpExchange *exchange)
{
    const HttpRequest *request = http_request(exchange);
    const HttpHeader headers[] = {
        { STR("Content-Type"), STR("application/octet-stream") },
        { STR("X-Method"), request->method },
        { STR("X-Path"), request->path },
        { STR("X-Query"), request->query },
        { STR("X-Peer"), request->peer },
    };
    http_reply(exchange, &(HttpReply){ .status = 200, .headers = headers, .n_headers = 5, .body = request->body });
}

static void echo_later(Loop *loop, void *exchange)
{
    (void)loop;
    echo(exchange);
}

static void reply_large(HttpExchange *exchange)
{
    uint64_t len = 0;
    (void)!str_to_u64(http_request(exchange)->query, 100000000, &len);
    char *body = arena_alloc(http_arena(exchange), len);
    http_reply(exchange, &(HttpReply){ .status = 200, .body = { body, len } });
}

static void on_request(void *owner, HttpExchange *exchange)
{
    const HttpRequest *request = http_request(exchange);
    (void)owner;
    if (str_eq(request->path, STR("/ws")))
        accept_ws(exchange);
    else if (str_eq(request->path, STR("/fail")))
        http_fail(exchange, ERR_NOT_FOUND, STR("there is \"nothing\""), 0);
    else if (str_eq(request->path, STR("/later")))
        loop_post(loop_current(), echo_later, exchange);
    else if (str_eq(request->path, STR("/large")))
        reply_large(exchange);
    else
        echo(exchange);
}

static const HttpHandlers http_handlers = { body_limit, on_request };

static void start(Loop *loop, void *arg)
{
    const char *why = NULL;
    HttpConfig config = { .address = "127.0.0.1", .port = (uint16_t)atoi(arg) };
    if (http_server_open(loop, &config, &http_handlers, NULL, &server, &why)) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    printf("%u\n", http_server_port(server));
    fflush(stdout);
}

static void stop(Loop *loop, void *arg)
{
    (void)loop, (void)arg;
    for (Socket *socket = sockets; socket; socket = socket->next) ws_abort(socket->ws, WS_CLOSE_GOING_AWAY);
    http_server_close(server);
}

int main(int argc, char **argv)
{
    char waste[256];
    Loop *loop = loop_start(0);
    loop_run(loop, start, argc > 1 ? argv[1] : "0");
    while (read(STDIN_FILENO, waste, sizeof waste) > 0) continue;
    loop_run(loop, stop, NULL);
    loop_stop(loop);
    return 0;
}
