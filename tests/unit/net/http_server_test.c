/* The server with a real loop and real sockets: time limits, order, back-pressure, endings, shortage. */
#include "net/http.h"

#include <sched.h>
#include <sys/resource.h>

#include "base/limits.h"
#include "base/metrics.h"
#include "client.h"
#include "net/proxies.h"

/* --- a server whose handler keeps requests until the test answers them --- */

#define HELD_MAX 64

static Loop *loop;
static HttpServer *server;
static HttpExchange *held[HELD_MAX];
static size_t n_held, n_requests; /* loop */

#define STAYING_BYTES ((size_t)16 << 20)
static char *staying; /* fixed; for /staying */
static Budget *budget;

static size_t body_limit(void *owner, HttpExchange *exchange, uint64_t declared, HttpRefusal *out_refusal)
{
    (void)owner;
    if (str_eq(http_request(exchange)->path, STR("/refused")))
        *out_refusal = (HttpRefusal){ 429, ERR_RATE_LIMITED, "not now" };
    if (budget) budget_spend(budget, STR("client"), declared, http_held(exchange));
    return 1000;
}

static void reply_with(HttpExchange *exchange, Str body)
{
    http_reply(exchange, &(HttpReply){ .status = 200, .body = body });
}

/* /hold waits for the test; /large?N is answered with N bytes; anything else with what the test put into the query. */
static void on_request(void *owner, HttpExchange *exchange)
{
    const HttpRequest *request = http_request(exchange);
    uint64_t len;
    (void)owner;
    n_requests++;
    if (str_eq(request->path, STR("/hold"))) {
        held[n_held++ % HELD_MAX] = exchange;
    } else if (str_eq(request->path, STR("/large"))) {
        assert_true(str_to_u64(request->query, 100000000, &len));
        reply_with(exchange, (Str){ arena_alloc(http_arena(exchange), len), len });
    } else if (str_eq(request->path, STR("/charged"))) {
        assert_true(str_to_u64(request->query, 100000000, &len));
        budget_spend(budget, STR("client"), len, http_held(exchange));
        reply_with(exchange, (Str){ arena_alloc(http_arena(exchange), len), len });
    } else if (str_eq(request->path, STR("/staying"))) {
        Str body = { staying, STAYING_BYTES };
        http_reply(exchange, &(HttpReply){ .status = 200, .body = body, .body_stays = true });
    } else if (str_eq(request->path, STR("/too-many"))) {
        http_reply(exchange, &(HttpReply){ .status = 429, .body = STR("later") });
    } else if (str_eq(request->path, STR("/peer"))) {
        reply_with(exchange, request->peer);
    } else {
        reply_with(exchange, request->query);
    }
}

static const HttpHandlers handlers = { body_limit, on_request };

static HttpConfig config;

static void open_server(Loop *on, void *arg)
{
    const char *why = "";
    (void)arg;
    if (!config.address) config.address = "127.0.0.1";
    Err err = http_server_open(on, &config, &handlers, NULL, &server, &why);
    CHECK_ERR(err, OK, why);
}

static void close_server(Loop *on, void *arg)
{
    (void)on, (void)arg;
    http_server_close(TAKE_PTR(server));
}

static void drain_server(Loop *on, void *arg)
{
    (void)on, (void)arg;
    http_server_drain(server);
}

/* Starts a server; settings that a test wants stand in `config` before. */
static uint16_t start(HttpConfig wanted)
{
    config = wanted;
    n_held = n_requests = 0;
    loop = loop_start(0);
    loop_run(loop, open_server, NULL);
    return http_server_port(server);
}

static void stop(void)
{
    loop_run(loop, close_server, NULL);
    loop_stop(loop);
}

typedef struct Counts {
    size_t connections, held, requests;
} Counts;

static void count(Loop *on, void *arg)
{
    (void)on;
    *(Counts *)arg = (Counts){ server ? http_server_connections(server) : 0, n_held, n_requests };
}

static Counts counts(void)
{
    Counts now;
    loop_run(loop, count, &now);
    return now;
}

#define WAIT_UNTIL(condition)                                                    \
    do {                                                                         \
        for (Counts now = counts(); !(condition); now = counts()) sched_yield(); \
    } while (0)

static void answer(Loop *on, void *arg)
{
    (void)on;
    reply_with(held[(size_t)arg], STR("answered"));
}

static void answer_held(size_t i)
{
    loop_run(loop, answer, (void *)i);
}

#define HEAD        " HTTP/1.1\r\nHost: a\r\n"
#define GET(target) STR("GET " target HEAD "\r\n")

/* --- time limits --- */

/* Where the client has to say something in time, on a machine that has much else to do. */
#define IN_TIME_MS 1000

static const struct {
    const char *label;
    HttpConfig config;
    Str sent;
    const char *want; /* part of the answer; NULL: none at all */
} slow[] = {
    { "not a byte", { .header_timeout_ms = 20 }, STR(""), NULL },
    { "half of the headers", { .header_timeout_ms = IN_TIME_MS }, STR("GET / HTTP/1.1\r\nHo"), "HTTP/1.1 408 " },
    { "half of the body",
      { .body_timeout_ms = 20 },
      STR("POST /" HEAD "Content-Length: 5\r\n\r\nab"),
      "HTTP/1.1 408 " },
    { "idle behind a request", { .idle_timeout_ms = 20 }, GET("/?first"), "\r\n\r\nfirst" },
    { "half of the second request",
      { .header_timeout_ms = IN_TIME_MS },
      STR("GET /?first" HEAD "\r\nGET"),
      "HTTP/1.1 408 " },
};
TEST_EACH(a_connection_that_does_not_get_on_is_ended, slow, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    int fd = client_connect(start(c->config));
    client_send(fd, c->sent);
    Str got = client_read_to_end(fd, arena);
    CHECK(c->want ? contains(got, c->want) : got.len == 0, c->label);
    stop();
}

TEST(a_client_that_does_not_read_its_reply_is_ended)
{
    (void)state;
    int fd = client_connect(start((HttpConfig){ .write_timeout_ms = 20 }));
    client_send(fd, GET("/large?50000000"));
    WAIT_UNTIL(now.requests == 1 && now.connections == 0);
    close(fd);
    stop();
}

static void wait_held(size_t want)
{
    while (budget_held(budget) != want) sched_yield();
}

TEST(what_a_reply_holds_is_given_back_when_the_client_has_taken_it_or_is_gone)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    budget = budget_new(SIZE_MAX, SIZE_MAX);
    uint16_t port = start((HttpConfig){ 0 });
    int reader = client_connect(port), leaver = client_connect(port), quick = client_connect(port);
    client_send(quick, GET("/charged?10"));
    client_read_head(quick, arena);
    wait_held(0);

    client_send(reader, GET("/charged?50000000"));
    wait_held(50000000);
    client_send(leaver, GET("/charged?40000000"));
    wait_held(90000000);
    close(leaver);
    wait_held(50000000);
    client_read_head(reader, arena);
    client_read(reader, arena, 50000000);
    wait_held(0);
    close(reader);
    close(quick);
    stop();
    budget_free(TAKE_PTR(budget));
}

TEST(what_a_request_holds_is_given_back_however_it_ends)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    budget = budget_new(SIZE_MAX, SIZE_MAX);
    uint16_t port = start((HttpConfig){ 0 });
    int whole = client_connect(port), cut = client_connect(port);
    client_send(whole, STR("POST /?a" HEAD "Content-Length: 5\r\n\r\nabc"));
    wait_held(5);
    client_send(cut, STR("POST /?a" HEAD "Content-Length: 700\r\n\r\nabc"));
    wait_held(705);
    client_send(whole, STR("de"));
    client_read_head(whole, arena);
    wait_held(700);
    close(cut);
    wait_held(0);

    int refused = client_connect(port);
    client_send(refused, STR("POST /refused" HEAD "Content-Length: 500\r\n\r\nabc"));
    Str reply = client_read_to_end(refused, arena);
    assert_true(str_starts_with(reply, STR("HTTP/1.1 429 ")));
    assert_true(contains(reply, "\"code\":\"rate_limited\",\"message\":\"not now\""));
    wait_held(0);
    close(whole);
    stop();
    budget_free(TAKE_PTR(budget));
}

/* The kernel takes it in many pieces. */
TEST(a_body_that_stays_arrives_as_it_is)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    staying = arena_alloc(arena, STAYING_BYTES);
    for (size_t i = 0; i < STAYING_BYTES; i++) staying[i] = (char)(i * 7 + i / 256);
    uint16_t port = start((HttpConfig){ 0 });
    int fd = client_connect(port);
    for (int i = 0; i < 2; i++) {
        client_send(fd, GET("/staying"));
        client_read_head(fd, arena);
        Str body = client_read(fd, arena, STAYING_BYTES);
        assert_memory_equal(body.ptr, staying, STAYING_BYTES);
    }
    close(fd);
    stop();
}

TEST(every_connection_has_its_own_time_limit)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    uint16_t port = start((HttpConfig){ .header_timeout_ms = IN_TIME_MS, .idle_timeout_ms = 60 });
    int first = client_connect(port), second = client_connect(port);
    client_send(first, GET("/?x"));
    client_read_head(first, arena);
    assert_int_equal(client_read_to_end(second, arena).len, 0);
    CHECK_STR(client_read_to_end(first, arena), STR("x"), "kept longer, then ended");
    stop();
}

TEST(a_handler_may_take_longer_than_any_limit)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    uint16_t port =
        start((HttpConfig){ .header_timeout_ms = IN_TIME_MS, .body_timeout_ms = 20, .idle_timeout_ms = 20 });
    int fd = client_connect(port), other = client_connect(port);
    client_send(fd, GET("/hold"));
    WAIT_UNTIL(now.held == 1);
    assert_int_equal(client_read_to_end(other, arena).len, 0); /* so the limits have passed */
    answer_held(0);
    assert_true(contains(client_read_to_end(fd, arena), "answered"));
    stop();
}

/* --- order and back-pressure --- */

TEST(requests_are_handed_over_one_by_one)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = client_connect(start((HttpConfig){ 0 }));
    client_send(fd, STR("GET /hold" HEAD "\r\nGET /?now" HEAD "\r\nGET /hold" HEAD "\r\nGET /?end" HEAD "\r\n"));
    WAIT_UNTIL(now.held == 1);
    assert_int_equal(counts().requests, 1);
    answer_held(0);
    WAIT_UNTIL(now.held == 2);
    assert_int_equal(counts().requests, 3);
    answer_held(1);
    static const char *const bodies[] = { "answered", "now", "answered", "end" };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        client_read_head(fd, arena);
        CHECK_STR(client_read(fd, arena, strlen(bodies[i])), str_of(bodies[i]), bodies[i]);
    }
    close(fd);
    stop();
}

/* Sends what the system takes, until it takes no more though the loop had its turns. */
static size_t send_until_stuck(int fd)
{
    static char waste[65536];
    size_t total = 0;
    for (int stuck = 0; stuck < 100;) {
        ssize_t n = send(fd, waste, sizeof waste, MSG_DONTWAIT | MSG_NOSIGNAL);
        stuck = n > 0 ? 0 : stuck + 1;
        total += n > 0 ? (size_t)n : 0;
        assert_true(total < 64u << 20);
        counts();
    }
    return total;
}

TEST(a_client_is_not_read_far_ahead_of_its_answers)
{
    (void)state;
    int fd = client_connect(start((HttpConfig){ 0 }));
    client_send(fd, GET("/hold"));
    WAIT_UNTIL(now.held == 1);
    send_until_stuck(fd);
    close(fd);
    answer_held(0);
    WAIT_UNTIL(now.connections == 0);
    stop();
}

TEST(a_body_is_asked_for_when_it_is_welcome)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    uint16_t port = start((HttpConfig){ 0 });
    int fd = client_connect(port);
    client_send(fd, STR("POST /?ok" HEAD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    CHECK_STR(client_read_head(fd, arena), STR("HTTP/1.1 100 Continue\r\n\r\n"), "asked for");
    client_send(fd, STR("xx"));
    assert_true(contains(client_read_head(fd, arena), "HTTP/1.1 200 OK\r\n"));
    CHECK_STR(client_read(fd, arena, 2), STR("ok"), "answered");
    client_send(fd, STR("POST /?ok" HEAD "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n"));
    assert_true(str_starts_with(client_read_head(fd, arena), STR("HTTP/1.1 413 ")));
    close(fd);
    stop();
}

/* --- endings --- */

TEST(a_refusal_reaches_a_client_that_is_still_sending)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    static char waste[1 << 20];
    (void)state;
    int fd = client_connect(start((HttpConfig){ 0 }));
    client_send(fd, STR("POST /" HEAD "Content-Length: 1001\r\n\r\n"));
    for (int i = 0; i < 20; i++) client_send(fd, (Str){ waste, sizeof waste });
    Str got = client_read_to_end(fd, arena);
    assert_true(str_starts_with(got, STR("HTTP/1.1 413 ")) && got.ptr[got.len - 1] == '}');
    stop();
}

TEST(the_last_reply_ends_our_side_first)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    char end;
    (void)state;
    int fd = client_connect(start((HttpConfig){ 0 }));
    client_send(fd, STR("GET / HTTP/1.0\r\n\r\n"));
    client_read_head(fd, arena);
    assert_int_equal(recv(fd, &end, 1, 0), 0);
    assert_int_equal(counts().connections, 1); /* a close with input unread would reset what is on its way */
    close(fd);
    WAIT_UNTIL(now.connections == 0);
    stop();
}

TEST(a_reply_to_nobody_is_no_error)
{
    (void)state;
    int fd = client_connect(start((HttpConfig){ 0 }));
    struct linger reset = { .l_onoff = 1 };
    client_send(fd, GET("/hold"));
    WAIT_UNTIL(now.held == 1);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    WAIT_UNTIL(now.connections == 0);
    answer_held(0);
    stop();
}

TEST(requests_outlive_the_server)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = client_connect(start((HttpConfig){ 0 }));
    client_send(fd, GET("/hold"));
    WAIT_UNTIL(now.held == 1);
    loop_run(loop, close_server, NULL);
    answer_held(0);
    assert_int_equal(client_read_to_end(fd, arena).len, 0);
    loop_stop(loop);
}

static void answer_and_close(Loop *on, void *arg)
{
    answer(on, arg);
    close_server(on, NULL);
}

TEST(what_was_read_ahead_goes_with_the_connection)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    for (int answered = 0; answered <= 1; answered++) {
        int fd = client_connect(start((HttpConfig){ 0 }));
        client_send(fd, STR("GET /hold" HEAD "\r\nGET /hold" HEAD "\r\n"));
        WAIT_UNTIL(now.held == 1);
        loop_run(loop, answered ? answer_and_close : close_server, NULL);
        if (!answered) answer_held(0);
        assert_true(contains(client_read_to_end(fd, arena), "answered") == answered);
        assert_int_equal(counts().requests, 1);
        loop_stop(loop);
    }
}

TEST(draining_answers_what_has_begun_and_takes_nothing_new)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    uint16_t port = start((HttpConfig){ 0 });
    int idle = client_connect(port), busy = client_connect(port), half = client_connect(port), late = client_socket();
    client_send(busy, GET("/hold"));
    client_send(half, STR("GET /?half HTTP/1.1\r\n"));
    client_send(idle, GET("/?x"));
    client_read_head(idle, arena);
    client_read(idle, arena, 1);
    WAIT_UNTIL(now.held == 1 && now.connections == 3);

    loop_run(loop, drain_server, NULL);
    assert_int_equal(client_read_to_end(idle, arena).len, 0);
    assert_int_equal(client_connect_with(late, port), -1);
    assert_int_equal(errno, ECONNREFUSED);
    answer_held(0);
    Str got = client_read_to_end(busy, arena);
    assert_true(contains(got, "Connection: close\r\n") && contains(got, "answered"));
    client_send(half, STR("Host: a\r\n\r\n"));
    assert_true(contains(client_read_to_end(half, arena), "Connection: close\r\n"));
    WAIT_UNTIL(now.connections == 0);
    close(late);
    stop();
}

/* --- too many --- */

static const uint32_t rests[] = { 1, 60000 };

TEST(after_too_many_the_next_request_of_the_connection_waits)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rests); i++) {
        uint16_t port = start((HttpConfig){ .rest_ms = rests[i] });
        int greedy = client_connect(port), other = client_connect(port);
        client_send(greedy, GET("/too-many"));
        assert_true(contains(client_read_head(greedy, arena), "429 Too Many Requests"));
        assert_int_equal(client_read(greedy, arena, 5).len, 5);
        client_send(greedy, GET("/?greedy"));
        for (int turn = 0; turn < 20; turn++) { /* of the loop, one at least for each */
            client_send(other, GET("/?other"));
            assert_true(contains(client_read_head(other, arena), "200 OK"));
            assert_int_equal(client_read(other, arena, 5).len, 5);
        }
        if (i == 0)
            assert_true(contains(client_read_head(greedy, arena), "200 OK"));
        else
            assert_int_equal(counts().requests, 21);
        close(greedy);
        close(other);
        stop();
    }
}

TEST(requests_of_others_through_a_trusted_proxy_do_not_wait)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Proxies one = { .hops = 1 };
    (void)state;
    uint16_t port = start((HttpConfig){ .rest_ms = 60000, .proxies = &one });
    int proxy = client_connect(port);
    client_send(proxy, GET("/too-many"));
    assert_true(contains(client_read_head(proxy, arena), "429 Too Many Requests"));
    assert_int_equal(client_read(proxy, arena, 5).len, 5);
    client_send(proxy, GET("/?next"));
    assert_true(contains(client_read_head(proxy, arena), "200 OK"));
    close(proxy);
    stop();
}

/* Sends until nothing more is taken; returns how much was. */
static size_t send_all_that_is_taken(int fd)
{
    static const char junk[65536];
    size_t sent = 0;
    struct timeval patience = { .tv_usec = 300000 }; /* the window is closed for good by then; the end takes 2 s */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    for (ssize_t n; sent < (256u << 20) && (n = send(fd, junk, sizeof junk, MSG_NOSIGNAL)) > 0;) sent += (size_t)n;
    return sent;
}

TEST(what_comes_after_the_end_is_not_read_for_ever)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    uint16_t port = start((HttpConfig){ 0 });
    int fd = client_connect(port);
    client_send(fd, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n"));
    assert_true(contains(client_read_head(fd, arena), "413 "));
    assert_true(send_all_that_is_taken(fd) < (96u << 20));
    close(fd);
    stop();
}

/* --- shortage --- */

TEST(connections_over_the_limit_are_closed_at_once)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    uint16_t port = start((HttpConfig){ .connections_max = 2 });
    int first = client_connect(port), second = client_connect(port);
    WAIT_UNTIL(now.connections == 2);
    assert_int_equal(client_read_to_end(client_connect(port), arena).len, 0);
    close(first);
    WAIT_UNTIL(now.connections == 1);
    first = client_connect(port);
    client_send(first, GET("/?again"));
    assert_true(contains(client_read_head(first, arena), "200 OK"));
    close(first);
    close(second);
    stop();
}

TEST(connections_of_one_address_over_their_limit_are_closed_at_once)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Budget *places = budget_new(2, SIZE_MAX);
    (void)state;
    uint16_t port = start((HttpConfig){ .address = "0.0.0.0", .places = places });
    int first = client_connect(port), second = client_connect(port);
    WAIT_UNTIL(now.connections == 2);
    assert_int_equal(client_read_to_end(client_connect(port), arena).len, 0);
    int other = client_connect_from("127.0.0.9", port);
    client_send(other, GET("/?other"));
    assert_true(contains(client_read_head(other, arena), "200 OK"));
    close(first);
    WAIT_UNTIL(now.connections == 2);
    first = client_connect(port);
    client_send(first, GET("/?again"));
    assert_true(contains(client_read_head(first, arena), "200 OK"));
    close(first);
    close(second);
    close(other);
    stop();
    assert_int_equal(budget_held(places), 0);
    budget_free(places);
}

#define HOLD_FOR(client) STR("GET /hold" HEAD "X-Forwarded-For: " client "\r\n\r\n")

TEST(behind_a_proxy_the_requests_of_one_client_have_that_limit)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Budget *places = budget_new(2, SIZE_MAX);
    Proxies one = { .hops = 1 };
    int through[5];
    (void)state;
    uint16_t port = start((HttpConfig){ .places = places, .proxies = &one });
    for (size_t i = 0; i < ARRAY_LEN(through); i++) through[i] = client_connect(port); /* none of them counts yet */
    client_send(through[0], HOLD_FOR("2001:db8::1"));
    client_send(through[1], HOLD_FOR("2001:db8::2:3:4:5"));
    WAIT_UNTIL(now.held == 2);
    client_send(through[2], HOLD_FOR("2001:db8:0:0:9::"));
    assert_true(contains(client_read_head(through[2], arena), "429 Too Many Requests"));
    client_send(through[3], HOLD_FOR("2001:db8:0:1::1"));
    WAIT_UNTIL(now.held == 3);
    answer_held(0);
    assert_true(contains(client_read_head(through[0], arena), "200 OK"));
    client_send(through[4], HOLD_FOR("2001:db8::6"));
    WAIT_UNTIL(now.held == 4);
    for (size_t i = 1; i < 4; i++) answer_held(i);
    for (size_t i = 0; i < ARRAY_LEN(through); i++) close(through[i]);
    stop();
    assert_int_equal(budget_held(places), 0);
    budget_free(places);
}

static void use_descriptors_up(struct rlimit *out_before)
{
    struct rlimit none;
    int next = dup(STDERR_FILENO);
    assert_true(next > 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, out_before), 0);
    none = (struct rlimit){ (rlim_t)next, out_before->rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

TEST(without_descriptors_the_others_are_served_and_newcomers_told)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    struct rlimit before;
    (void)state;
    uint16_t port = start((HttpConfig){ 0 });
    int old = client_connect(port), turned_away[8], taken[8];
    WAIT_UNTIL(now.connections == 1);
    for (size_t i = 0; i < ARRAY_LEN(turned_away); i++) turned_away[i] = client_socket();
    use_descriptors_up(&before);
    for (size_t i = 0; i < ARRAY_LEN(turned_away); i++) {
        assert_int_equal(client_connect_with(turned_away[i], port), 0);
        assert_int_equal(client_read_to_end(turned_away[i], arena).len, 0);
        /* The descriptor that became free is taken again, so that the server does not get it. */
        taken[i] = dup(STDERR_FILENO);
        assert_true(taken[i] >= 0);
    }
    client_send(old, GET("/?still"));
    assert_true(contains(client_read_head(old, arena), "200 OK"));
    setrlimit(RLIMIT_NOFILE, &before);
    int fresh = client_connect(port);
    client_send(fresh, GET("/?back"));
    assert_true(contains(client_read_head(fresh, arena), "200 OK"));
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) close(taken[i]);
    StrBuf metrics;
    strbuf_init(&metrics, arena);
    metrics_write(&metrics);
    assert_true(contains(strbuf_str(&metrics), "molva_accept_failures_total 8\n"));
    close(old);
    close(fresh);
    stop();
}

TEST(an_address_that_cannot_be_had_is_refused_with_the_reason)
{
    const char *why = NULL;
    HttpServer *none = NULL;
    (void)state;
    loop = loop_start(0);
    Loop *borrowed = loop;
    static const char *const addresses[] = { "localhost", "192.0.2.1", "" };
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        /* Fails before it touches the loop, so it may be called from here. */
        HttpConfig bad = { .address = addresses[i] };
        CHECK_ERR(http_server_open(borrowed, &bad, &handlers, NULL, &none, &why), ERR_UNAVAILABLE, addresses[i]);
        assert_non_null(why);
    }
    loop_stop(loop);
}

/* --- replies --- */

TEST(the_peer_is_named_by_its_address_alone)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = client_connect(start((HttpConfig){ .address = "::" })); /* an IPv4 client of an IPv6 socket */
    client_send(fd, GET("/peer"));
    client_read_head(fd, arena);
    CHECK_STR(client_read(fd, arena, 9), STR("127.0.0.1"), "mapped into IPv6");
    close(fd);
    stop();
}

static const struct {
    const char *label, *version, *connection, *want;
} kept[] = {
    { "HTTP/1.1", "1.1", "x", "200 OK\r\nDate: " },
    { "HTTP/1.1, to be closed", "1.1", "close", "Connection: close\r\n" },
    { "HTTP/1.0", "1.0", "x", "Connection: close\r\n" },
    { "HTTP/1.0, to be kept", "1.0", "keep-alive", "Connection: keep-alive\r\n" },
};
TEST_EACH(a_reply_tells_whether_the_connection_stays, kept, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    int fd = client_connect(start((HttpConfig){ 0 }));
    client_send(fd, str_fmt(arena, "GET / HTTP/%s\r\nHost: a\r\nConnection: %s\r\n\r\n", c->version, c->connection));
    Str head = client_read_head(fd, arena);
    CHECK(contains(head, c->want), c->label);
    CHECK(contains(head, "Connection: ") == (c->want[0] == 'C'), c->label);
    close(fd);
    stop();
}

static void answer_with_headers(Loop *on, void *arg)
{
    (void)on, (void)arg;
    const HttpHeader headers[] = {
        { STR("X-Good"), STR("a\tb") },
        { STR("X-Bad"), STR("a\r\nX-Forged: b") },
        { STR("X-Nul"), STR("a\0b") },
    };
    http_reply(held[0], &(HttpReply){ .status = 204, .headers = headers, .n_headers = 3 });
}

TEST(a_reply_header_with_a_line_break_is_left_out)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    int fd = client_connect(start((HttpConfig){ 0 }));
    client_send(fd, GET("/hold"));
    WAIT_UNTIL(now.held == 1);
    loop_run(loop, answer_with_headers, NULL);
    Str head = client_read_head(fd, arena);
    assert_true(contains(head, "X-Good: a\tb\r\n"));
    assert_false(contains(head, "X-Bad") || contains(head, "X-Forged") || contains(head, "X-Nul"));
    assert_false(contains(head, "Content-Length")); /* 204 has none */
    close(fd);
    stop();
}

static const struct {
    const char *label;
    Err err;
    Str message, want;
} errors[] = {
    { "a message", ERR_NOT_FOUND, STR("no such thing"),
      STR("{\"error\":{\"code\":\"not_found\",\"message\":\"no such "
          "thing\",\"retryable\":false,\"retry_after_ms\":7}}") },
    { "characters that JSON escapes", ERR_CONFLICT, STR("\"\\\n\x7f"),
      STR("{\"error\":{\"code\":\"conflict\",\"message\":\"\\\"\\\\\\u000a\x7f\",\"retryable\":false,\"retry_after_"
          "ms\":7}}") },
    { "UTF-8", ERR_CONFLICT, STR("ё"),
      STR("{\"error\":{\"code\":\"conflict\",\"message\":\"ё\",\"retryable\":false,\"retry_after_ms\":7}}") },
    { "broken UTF-8", ERR_TIMEOUT, STR("\xffx"),
      STR("{\"error\":{\"code\":\"timeout\",\"message\":\"?x\",\"retryable\":true,\"retry_after_ms\":7}}") },
};
TEST_EACH(errors_are_json, errors, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    StrBuf out;
    strbuf_init(&out, arena);
    http_error_json(&out, c->err, c->message, 7);
    CHECK_STR(strbuf_str(&out), c->want, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_does_not_get_on_is_ended),
        cmocka_unit_test(a_client_that_does_not_read_its_reply_is_ended),
        cmocka_unit_test(what_a_reply_holds_is_given_back_when_the_client_has_taken_it_or_is_gone),
        cmocka_unit_test(what_a_request_holds_is_given_back_however_it_ends),
        cmocka_unit_test(a_body_that_stays_arrives_as_it_is),
        cmocka_unit_test(every_connection_has_its_own_time_limit),
        cmocka_unit_test(a_handler_may_take_longer_than_any_limit),
        cmocka_unit_test(requests_are_handed_over_one_by_one),
        cmocka_unit_test(a_client_is_not_read_far_ahead_of_its_answers),
        cmocka_unit_test(a_body_is_asked_for_when_it_is_welcome),
        cmocka_unit_test(a_refusal_reaches_a_client_that_is_still_sending),
        cmocka_unit_test(the_last_reply_ends_our_side_first),
        cmocka_unit_test(a_reply_to_nobody_is_no_error),
        cmocka_unit_test(requests_outlive_the_server),
        cmocka_unit_test(what_was_read_ahead_goes_with_the_connection),
        cmocka_unit_test(draining_answers_what_has_begun_and_takes_nothing_new),
        cmocka_unit_test(after_too_many_the_next_request_of_the_connection_waits),
        cmocka_unit_test(requests_of_others_through_a_trusted_proxy_do_not_wait),
        cmocka_unit_test(what_comes_after_the_end_is_not_read_for_ever),
        cmocka_unit_test(connections_over_the_limit_are_closed_at_once),
        cmocka_unit_test(connections_of_one_address_over_their_limit_are_closed_at_once),
        cmocka_unit_test(behind_a_proxy_the_requests_of_one_client_have_that_limit),
        cmocka_unit_test(an_address_that_cannot_be_had_is_refused_with_the_reason),
        cmocka_unit_test(the_peer_is_named_by_its_address_alone),
        cmocka_unit_test(a_reply_tells_whether_the_connection_stays),
        cmocka_unit_test(a_reply_header_with_a_line_break_is_left_out),
        cmocka_unit_test(errors_are_json),
        cmocka_unit_test(without_descriptors_the_others_are_served_and_newcomers_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
