/* WebSockets with a real loop and real sockets: sending, back-pressure, pings, endings, memory. */
#include "net/ws.h"

#include <malloc.h>
#include <sched.h>
#include <stdlib.h>

#include "base/limits.h"
#include "client.h"

/* --- a server with one WebSocket that notes what it is told --- */

static Loop *loop;
static HttpServer *server;
static HttpExchange *held; /* of /hold */

/* loop */
static WsConn *ws;
static StrBuf told; /* "text:a pong:b writable closed=1000 " */
static size_t n_told;
static bool accepting;   /* ws_accept() has not returned */
static const char *mode; /* what on_text does besides telling */
static size_t n_open;    /* sockets that are not told of */

static void tell(const char *what, Str text)
{
    assert_false(accepting);
    strbuf_fmt(&told, "%s%.*s ", what, STR_ARG(text));
    n_told++;
}

static void on_text(void *owner, Str text)
{
    (void)owner;
    tell("text:", text);
    if (str_eq(str_of(mode), STR("pause"))) ws_read_pause(ws, true);
    if (str_eq(str_of(mode), STR("echo"))) ws_send_text(ws, text);
    if (str_eq(str_of(mode), STR("close"))) ws_close(ws, WS_CLOSE_GOING_AWAY);
    if (str_eq(str_of(mode), STR("abort"))) ws_abort(ws, WS_CLOSE_SLOW);
}

static void on_pong(void *owner, Str payload)
{
    (void)owner;
    tell("pong:", payload);
}

static void on_writable(void *owner)
{
    (void)owner;
    assert_false(ws_busy(ws));
    tell("writable", STR(""));
}

static void on_closed(void *owner, uint16_t code)
{
    char text[8];
    (void)owner;
    tell("closed=", (Str){ text, (size_t)snprintf(text, sizeof text, "%u", code) });
    ws = NULL;
}

static const WsHandlers handlers = { on_text, on_pong, on_writable, on_closed };

static void ignore_text(void *owner, Str text)
{
    (void)owner, (void)text;
}

static void ignore_writable(void *owner)
{
    (void)owner;
}

static void count_closed(void *owner, uint16_t code)
{
    (void)owner, (void)code;
    n_open--;
}

static const WsHandlers many_handlers = { ignore_text, ignore_text, ignore_writable, count_closed };

static void accept_it(HttpExchange *exchange)
{
    accepting = true;
    ws = ws_accept(exchange, STR(""), &handlers, NULL);
    accepting = false;
}

static size_t body_limit(void *owner, HttpExchange *exchange, uint64_t declared, HttpRefusal *out_refusal)
{
    (void)owner, (void)exchange, (void)declared, (void)out_refusal;
    return 0;
}

static void on_request(void *owner, HttpExchange *exchange)
{
    (void)owner;
    Str path = http_request(exchange)->path;
    if (str_eq(path, STR("/hold")))
        held = exchange;
    else if (!str_eq(path, STR("/many")))
        accept_it(exchange);
    else if (ws_accept(exchange, STR(""), &many_handlers, NULL))
        n_open++;
}

static const HttpHandlers http_handlers = { body_limit, on_request };

static void open_server(Loop *on, void *arg)
{
    const char *why = "";
    HttpConfig config = { .address = "127.0.0.1" };
    (void)arg;
    CHECK_ERR(http_server_open(on, &config, &http_handlers, NULL, &server, &why), OK, why);
}

static void close_server(Loop *on, void *arg)
{
    (void)on, (void)arg;
    if (ws) ws_abort(ws, WS_CLOSE_GOING_AWAY);
    http_server_close(TAKE_PTR(server));
}

static uint16_t start(const char *wanted_mode)
{
    mode = wanted_mode;
    held = NULL;
    ws = NULL;
    strbuf_done(&told);
    n_told = 0;
    loop = loop_start(0);
    loop_run(loop, open_server, NULL);
    return http_server_port(server);
}

static void stop(void)
{
    loop_run(loop, close_server, NULL);
    loop_stop(loop);
    strbuf_done(&told);
}

/* --- looking at the loop's state from the test --- */

typedef struct Look {
    Arena *arena;
    Str told;
    size_t n_told, unsent, connections, n_open;
    bool open, busy, holds;
} Look;

static void look_on_loop(Loop *on, void *arg)
{
    Look *look = arg;
    (void)on;
    look->told = str_dup(look->arena, strbuf_str(&told));
    look->n_told = n_told;
    look->open = ws != NULL;
    look->holds = held != NULL;
    look->busy = ws && ws_busy(ws);
    look->unsent = ws ? ws_unsent(ws) : 0;
    look->connections = server ? http_server_connections(server) : 0;
    look->n_open = n_open;
}

static Look look(Arena *arena)
{
    Look seen = { .arena = arena };
    loop_run(loop, look_on_loop, &seen);
    return seen;
}

#define WAIT_UNTIL(condition)                                                        \
    do {                                                                             \
        for (Look now = look(arena); !(condition); now = look(arena)) sched_yield(); \
    } while (0)

/* Waits until the server was told so many things, and compares all. */
static void expect_told(Arena *arena, size_t n, const char *want)
{
    WAIT_UNTIL(now.n_told >= n);
    CHECK_STR(look(arena).told, str_of(want), "what the owner was told");
}

static void run(void (*fn)(Loop *on, void *arg), const void *arg)
{
    loop_run(loop, fn, (void *)(uintptr_t)arg);
}

static void close_with(Loop *on, void *code)
{
    (void)on;
    ws_close(ws, (uint16_t)(uintptr_t)code);
}

static void resume(Loop *on, void *arg)
{
    (void)on, (void)arg;
    ws_read_pause(ws, false);
}

/* --- the client --- */

#define HANDSHAKE(path)                                                                                              \
    "GET " path " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define M "\0\0\0\0" /* a mask that changes nothing */

static int shake_hands(uint16_t port, Arena *arena)
{
    int fd = client_connect(port);
    client_send(fd, STR(HANDSHAKE("/")));
    Str head = client_read_head(fd, arena);
    assert_true(str_starts_with(head, STR("HTTP/1.1 101 ")));
    assert_true(contains(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    return fd;
}

/* --- receiving --- */

TEST(frames_that_come_with_the_handshake_are_delivered_behind_it)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = client_connect(start("echo"));
    client_send(fd, STR(HANDSHAKE("/") "\x81\x81" M "a\x81\x82" M "bc\x81\x83" M "d"));
    client_read_head(fd, arena);
    CHECK_STR(client_read(fd, arena, 7),
              STR("\x81\x01"
                  "a\x81\x02"
                  "bc"),
              "echoed");
    client_send(fd, STR("ef"));
    CHECK_STR(client_read(fd, arena, 5),
              STR("\x81\x03"
                  "def"),
              "the rest of the frame");
    assert_int_equal(look(arena).connections, 0);
    close(fd);
    stop();
}

static void accept_held(Loop *on, void *arg)
{
    (void)on, (void)arg;
    accept_it(held);
    assert_int_equal(n_told, 0);
}

TEST(frames_are_also_delivered_when_the_handshake_is_answered_later)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = client_connect(start("echo"));
    client_send(fd, STR(HANDSHAKE("/hold") "\x81\x81" M "a"));
    WAIT_UNTIL(now.holds);
    run(accept_held, NULL);
    client_read_head(fd, arena);
    CHECK_STR(client_read(fd, arena, 3),
              STR("\x81\x01"
                  "a"),
              "echoed");
    client_send(fd, STR("\x81\x81" M "b"));
    CHECK_STR(client_read(fd, arena, 3),
              STR("\x81\x01"
                  "b"),
              "echoed");
    close(fd);
    stop();
}

static void accept_nobody(Loop *on, void *arg)
{
    (void)on, (void)arg;
    accept_it(held);
    assert_null(ws);
}

TEST(a_client_that_left_before_the_answer_gets_no_socket)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    struct linger reset = { .l_onoff = 1 };
    (void)state;
    int fd = client_connect(start(""));
    client_send(fd, STR(HANDSHAKE("/hold")));
    WAIT_UNTIL(now.holds);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    WAIT_UNTIL(now.connections == 0);
    run(accept_nobody, NULL);
    stop();
}

TEST(a_client_that_closed_its_side_gets_no_socket)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = client_connect(start(""));
    client_send(fd, STR(HANDSHAKE("/hold")));
    WAIT_UNTIL(now.holds);
    shutdown(fd, SHUT_WR);
    look(arena); /* the loop polls between two looks, so it has seen the end behind the second */
    look(arena);
    run(accept_nobody, NULL);
    assert_int_equal(client_read_to_end(fd, arena).len, 0);
    stop();
}

TEST(a_pause_stops_delivery_within_one_read_and_loses_nothing)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start("pause"), arena);
    client_send(fd, STR("\x81\x81" M "a\x81\x81" M "b\x81\x81" M "c"));
    expect_told(arena, 1, "text:a ");
    run(resume, NULL);
    expect_told(arena, 2, "text:a text:b ");
    client_send(fd, STR("\x81\x81" M "d"));
    run(resume, NULL);
    expect_told(arena, 3, "text:a text:b text:c ");
    run(resume, NULL);
    expect_told(arena, 4, "text:a text:b text:c text:d ");
    close(fd);
    stop();
}

static void resume_and_abort(Loop *on, void *arg)
{
    resume(on, arg);
    ws_abort(ws, WS_CLOSE_SLOW);
}

TEST(what_was_read_ahead_goes_with_the_socket)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start("pause"), arena);
    client_send(fd, STR("\x81\x81" M "a\x81\x81" M "b"));
    expect_told(arena, 1, "text:a ");
    run(resume_and_abort, NULL);
    expect_told(arena, 2, "text:a closed=4408 ");
    look(arena);
    close(fd);
    stop();
}

/* --- sending --- */

#define MUCH (20u << 20)

static void write_much(Loop *on, void *arg)
{
    char *frames = arg;
    (void)on;
    assert_false(ws_write(ws, frames, MUCH));
    assert_true(ws_busy(ws));
    assert_in_range(ws_unsent(ws), 1, MUCH - 1);
    ws_ping(ws, STR("dropped"));
}

/* MUCH bytes in one frame, as ws_write() takes them. */
static char *much(Arena *arena)
{
    char *frames = arena_alloc(arena, MUCH + WS_HEADER_MAX);
    size_t header_len = ws_frame_header(frames, WS_OPCODE_TEXT, MUCH - WS_HEADER_MAX);
    assert_int_equal(header_len, WS_HEADER_MAX);
    for (size_t i = header_len; i < MUCH; i++) frames[i] = (char)('a' + i % 23);
    return frames;
}

TEST(what_the_kernel_does_not_take_is_sent_when_it_does)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    char *frames = much(arena);
    (void)state;
    int fd = shake_hands(start(""), arena);
    run(write_much, frames);
    assert_int_equal(look(arena).n_told, 0);
    CHECK(str_eq(client_read(fd, arena, MUCH), (Str){ frames, MUCH }), "the same bytes");
    expect_told(arena, 1, "writable ");
    assert_int_equal(look(arena).unsent, 0);
    close(fd);
    stop();
}

TEST(of_many_pings_in_one_read_the_last_is_answered)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start("echo"), arena);
    client_send(fd, STR("\x89\x81" M "1\x89\x81" M "2\x89\x81" M "3"));
    CHECK_STR(client_read(fd, arena, 3),
              STR("\x8a\x01"
                  "3"),
              "the pong");
    close(fd);
    stop();
}

TEST(pings_to_a_busy_socket_do_not_queue)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    char *frames = much(arena);
    size_t unsent;
    (void)state;
    int fd = shake_hands(start(""), arena);
    run(write_much, frames);
    unsent = look(arena).unsent;
    for (int i = 0; i < 1000; i++) client_send(fd, STR("\x89\x81" M "p"));
    client_send(fd, STR("\x89\x84" M "last\x81\x81" M "x")); /* the text tells that all have arrived */
    expect_told(arena, 1, "text:x ");
    assert_int_equal(look(arena).unsent, unsent);
    client_read(fd, arena, MUCH);
    CHECK_STR(client_read(fd, arena, 6), STR("\x8a\x04last"), "one pong, for the newest");
    expect_told(arena, 2, "text:x writable ");
    close(fd);
    stop();
}

/* --- endings --- */

TEST(our_close_is_answered_and_nothing_is_delivered_any_more)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start("close"), arena);
    client_send(fd, STR("\x81\x81" M "a\x81\x81" M "b\x8a\x80" M));
    CHECK_STR(client_read(fd, arena, 4), STR("\x88\x02\x11\x3a"), "close 4410");
    client_send(fd, STR("\x81\x81" M "c\x88\x82" M "\x03\xe8"));
    assert_int_equal(client_read_to_end(fd, arena).len, 0);
    expect_told(arena, 2, "text:a closed=4410 ");
    stop();
}

TEST(a_peer_that_does_not_answer_our_close_is_ended)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start(""), arena);
    run(close_with, (void *)4401);
    CHECK_STR(client_read(fd, arena, 4), STR("\x88\x02\x11\x31"), "close 4401");
    assert_int_equal(client_read_to_end(fd, arena).len, 0);
    expect_told(arena, 1, "closed=4401 ");
    stop();
}

TEST(the_peers_close_is_echoed)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start(""), arena);
    client_send(fd, STR("\x88\x82" M "\x0f\xa1\x81\x81" M "x"));
    CHECK_STR(client_read_to_end(fd, arena), STR("\x88\x02\x0f\xa1"), "close 4001");
    expect_told(arena, 1, "closed=4001 ");
    stop();
}

TEST(a_close_without_code_is_echoed_without_code)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start(""), arena);
    client_send(fd, STR("\x88\x80" M));
    CHECK_STR(client_read_to_end(fd, arena), STR("\x88\x00"), "an empty close");
    expect_told(arena, 1, "closed=1005 ");
    stop();
}

TEST(a_broken_rule_is_answered_although_more_is_coming)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    static char rest[70000];
    (void)state;
    int fd = shake_hands(start(""), arena);
    client_send(fd, STR("\x81\xff\0\0\0\0\0\1\0\1" M));
    for (int i = 0; i < 20; i++) client_send(fd, (Str){ rest, sizeof rest });
    CHECK_STR(client_read(fd, arena, 4), STR("\x88\x02\x11\x3d"), "close 4413");
    shutdown(fd, SHUT_WR);
    assert_int_equal(client_read_to_end(fd, arena).len, 0);
    expect_told(arena, 1, "closed=4413 ");
    stop();
}

TEST(what_comes_behind_our_close_is_not_read_for_ever)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    static char pings[6 * 10000];
    struct timeval patience = { .tv_usec = 300000 }; /* the window is closed for good by then; the end takes 2 s */
    size_t sent = 0;
    (void)state;
    for (size_t i = 0; i < sizeof pings; i += 6) memcpy(pings + i, "\x89\x80" M, 6);
    int fd = shake_hands(start(""), arena);
    run(close_with, (void *)4429);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    for (ssize_t n; sent < (256u << 20) && (n = send(fd, pings, sizeof pings, MSG_NOSIGNAL)) > 0;) sent += (size_t)n;
    assert_true(sent < (32u << 20));
    CHECK_STR(client_read(fd, arena, 4), STR("\x88\x02\x11\x4d"), "close 4429");
    expect_told(arena, 1, "closed=4429 ");
    close(fd);
    stop();
}

TEST(an_abort_ends_at_once)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start("abort"), arena);
    client_send(fd, STR("\x81\x81" M "a\x81\x81" M "b"));
    assert_int_equal(client_read_to_end(fd, arena).len, 0);
    expect_told(arena, 2, "text:a closed=4408 ");
    stop();
}

TEST(a_lost_peer_is_1006)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    close(shake_hands(start(""), arena));
    expect_told(arena, 1, "closed=1006 ");
    stop();
}

static void write_to_lost(Loop *on, void *arg)
{
    (void)on, (void)arg;
    ws_close(ws, WS_CLOSE_SLOW);
    ws_abort(ws, WS_CLOSE_GOING_AWAY);
    assert_false(ws_write(ws, "\x81\x00", 2));
    assert_false(ws_send_text(ws, STR("x")));
    ws_ping(ws, STR(""));
    ws_close(ws, WS_CLOSE_NORMAL);
    ws_read_pause(ws, true);
}

TEST(a_lost_socket_may_be_used_until_the_owner_is_told)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start(""), arena);
    run(write_to_lost, NULL);
    expect_told(arena, 1, "closed=4408 ");
    close(fd);
    stop();
}

static void close_http(Loop *on, void *arg)
{
    (void)on, (void)arg;
    http_server_close(TAKE_PTR(server));
}

TEST(sockets_outlive_the_server_they_came_from)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = shake_hands(start("echo"), arena);
    run(close_http, NULL);
    client_send(fd, STR("\x81\x81" M "a"));
    CHECK_STR(client_read(fd, arena, 3),
              STR("\x81\x01"
                  "a"),
              "echoed");
    close(fd);
    expect_told(arena, 2, "text:a closed=1006 ");
    stop();
}

/* --- memory --- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_MALLOC 1
#endif
#endif
#ifndef OWN_MALLOC
#define OWN_MALLOC 0 /* mallinfo2() tells nothing about a sanitizer's malloc */
#endif

#define MANY 400

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2(); /* of all arenas */
    return info.uordblks + info.hblkhd;
}

TEST(an_idle_socket_costs_at_most_500_bytes)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    int fds[MANY];
    (void)state;
    uint16_t port = start("");
    n_open = 0;
    /* The first half grows what is shared, such as the loop's table of descriptors. */
    size_t half = 0;
    for (size_t i = 0; i < MANY; i++) {
        if (i == MANY / 2) half = heap_in_use();
        fds[i] = client_connect(port);
        client_send(fds[i], STR(HANDSHAKE("/many")));
        assert_true(recv(fds[i], (char[512]){ 0 }, 512, 0) > 100);
        client_send(fds[i], STR("\x01\x81" M "a\x89\x81" M "p\x80\x81" M "b")); /* was busy once */
        assert_int_equal(recv(fds[i], (char[8]){ 0 }, 8, 0), 3);
    }
    WAIT_UNTIL(now.n_open == MANY && now.connections == 0);
    size_t each = (heap_in_use() - half) / (MANY / 2);
    if (!OWN_MALLOC) assert_in_range(each, 250, 500);
    for (size_t i = 0; i < MANY; i++) close(fds[i]);
    WAIT_UNTIL(now.n_open == 0);
    stop();
}

TEST(an_idle_http_connection_costs_at_most_500_bytes)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    int fds[MANY];
    (void)state;
    uint16_t port = start("");
    size_t half = 0;
    for (size_t i = 0; i < MANY; i++) {
        if (i == MANY / 2) half = heap_in_use();
        fds[i] = client_connect(port);
        client_send(fds[i], STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n")); /* no handshake: answered with 400 and kept */
        assert_true(recv(fds[i], (char[512]){ 0 }, 512, 0) > 100);
    }
    assert_int_equal(look(arena).connections, MANY);
    size_t each = (heap_in_use() - half) / (MANY / 2);
    if (!OWN_MALLOC) assert_in_range(each, 250, 500);
    for (size_t i = 0; i < MANY; i++) close(fds[i]);
    WAIT_UNTIL(now.connections == 0);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_socket_costs_at_most_500_bytes),
        cmocka_unit_test(an_idle_http_connection_costs_at_most_500_bytes),
        cmocka_unit_test(frames_that_come_with_the_handshake_are_delivered_behind_it),
        cmocka_unit_test(frames_are_also_delivered_when_the_handshake_is_answered_later),
        cmocka_unit_test(a_client_that_left_before_the_answer_gets_no_socket),
        cmocka_unit_test(a_client_that_closed_its_side_gets_no_socket),
        cmocka_unit_test(what_was_read_ahead_goes_with_the_socket),
        cmocka_unit_test(a_pause_stops_delivery_within_one_read_and_loses_nothing),
        cmocka_unit_test(what_the_kernel_does_not_take_is_sent_when_it_does),
        cmocka_unit_test(of_many_pings_in_one_read_the_last_is_answered),
        cmocka_unit_test(pings_to_a_busy_socket_do_not_queue),
        cmocka_unit_test(our_close_is_answered_and_nothing_is_delivered_any_more),
        cmocka_unit_test(a_peer_that_does_not_answer_our_close_is_ended),
        cmocka_unit_test(the_peers_close_is_echoed),
        cmocka_unit_test(a_close_without_code_is_echoed_without_code),
        cmocka_unit_test(a_broken_rule_is_answered_although_more_is_coming),
        cmocka_unit_test(what_comes_behind_our_close_is_not_read_for_ever),
        cmocka_unit_test(an_abort_ends_at_once),
        cmocka_unit_test(a_lost_peer_is_1006),
        cmocka_unit_test(a_lost_socket_may_be_used_until_the_owner_is_told),
        cmocka_unit_test(sockets_outlive_the_server_they_came_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
