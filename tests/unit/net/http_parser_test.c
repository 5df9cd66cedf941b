#include "net/http_parser.h"

#include <stdlib.h>

#include "base/limits.h"
#include "support/test.h"

#define BODY_MAX 64

/* --- what became of the bytes, as text --- */

static void describe(StrBuf *out, const HttpMessage *message)
{
    const HttpRequest *request = &message->request;
    strbuf_fmt(out, "%.*s %.*s ?%.*s", STR_ARG(request->method), STR_ARG(request->path), STR_ARG(request->query));
    if (request->body.len) strbuf_fmt(out, " body=%.*s", STR_ARG(request->body));
    if (message->expects_continue) strbuf_add(out, STR(" expects"));
    strbuf_add(out, message->keep_alive ? STR(" keep") : STR(" close"));
}

/* A parser that gets its bytes in pieces; each piece is a block of its own, so that a sanitizer sees reads beyond it. */
typedef struct Reader {
    Arena *arena;
    HttpParser *parser;
    StrBuf seen;
    bool refused;
} Reader;

static void step(Reader *reader, HttpProgress progress)
{
    if (progress == HTTP_PARSE_HEADERS && !http_parser_allow_body(reader->parser, BODY_MAX))
        progress = HTTP_PARSE_REFUSED;
    if (progress == HTTP_PARSE_REFUSED) {
        strbuf_fmt(&reader->seen, "%d", http_parser_refusal(reader->parser).status);
        assert_non_null(http_parser_refusal(reader->parser).why);
        reader->refused = true;
    }
    if (progress == HTTP_PARSE_DONE) {
        describe(&reader->seen, http_parser_message(reader->parser));
        strbuf_add(&reader->seen, STR(" | "));
        http_parser_done(reader->parser);
        reader->parser = NULL;
    }
}

static void feed(Reader *reader, Str bytes)
{
    char *piece = malloc(bytes.len ? bytes.len : 1);
    if (bytes.len) memcpy(piece, bytes.ptr, bytes.len);
    HttpProgress progress = HTTP_PARSE_MORE;
    size_t at = 0;
    while (!reader->refused && (at < bytes.len || progress == HTTP_PARSE_HEADERS)) {
        size_t used = 0;
        if (!reader->parser) reader->parser = http_parser_new(reader->arena);
        progress = http_parser_feed(reader->parser, piece + at, bytes.len - at, &used);
        assert_true(used <= bytes.len - at);
        at += used;
        step(reader, progress);
    }
    free(piece);
}

/* The requests in the bytes, each followed by " | "; then the status of a refusal, or "..." when a request is incomplete. */
static Str parse(Arena *arena, Str bytes, size_t piece_len)
{
    Reader reader = { .arena = arena };
    strbuf_init(&reader.seen, arena);
    for (size_t at = 0; at < bytes.len && !reader.refused; at += piece_len)
        feed(&reader, (Str){ bytes.ptr + at, bytes.len - at < piece_len ? bytes.len - at : piece_len });
    if (reader.parser && !reader.refused) strbuf_add(&reader.seen, STR("..."));
    http_parser_done(reader.parser);
    return strbuf_str(&reader.seen);
}

#define LINE "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST

static const struct {
    const char *label;
    Str bytes, want;
} cases[] = {
    /* whole requests */
    { "a request", STR(LINE HOST "\r\n"), STR("GET / ? keep | ") },
    { "a path and a query", STR("GET /a%20b/c?d=e?f HTTP/1.1\r\n" HOST "\r\n"), STR("GET /a%20b/c ?d=e?f keep | ") },
    { "empty lines before it", STR("\r\n\r\n" LINE HOST "\r\n"), STR("GET / ? keep | ") },
    { "Connection: close", STR(LINE HOST "Connection: close\r\n\r\n"), STR("GET / ? close | ") },
    { "HEAD", STR("HEAD /x HTTP/1.1\r\n" HOST "\r\n"), STR("HEAD /x ? keep | ") },
    { "an empty header value", STR(LINE HOST "X:\r\nY: \r\n\r\n"), STR("GET / ? keep | ") },
    { "OPTIONS of the server", STR("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), STR("OPTIONS * ? keep | ") },
    { "pipelined requests",
      STR(LINE HOST "\r\nPOST /2 HTTP/1.1\r\nContent-Length: 2\r\n" HOST "\r\nok" LINE HOST "\r\n"),
      STR("GET / ? keep | POST /2 ? body=ok keep | GET / ? keep | ") },
    { "an upgrade is an ordinary request", STR(LINE HOST "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
      STR("GET / ? keep | ") },
    { "bytes behind an upgrade are not part of it",
      STR(LINE HOST "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" LINE HOST "\r\n"),
      STR("GET / ? keep | GET / ? keep | ") },
    { "an upgrade with a body", STR(POST "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok"),
      STR("POST / ? body=ok keep | ") },
    { "nothing yet", STR("GET / HT"), STR("...") },
    { "no end of headers", STR(LINE HOST), STR("...") },
    { "half a body", STR(POST "Content-Length: 5\r\n\r\nab"), STR("...") },

    /* versions */
    { "HTTP/1.0", STR("GET / HTTP/1.0\r\n\r\n"), STR("GET / ? close | ") },
    { "HTTP/1.0 kept alive", STR("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), STR("GET / ? keep | ") },
    { "HTTP/1.0 ignores Expect", STR("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"),
      STR("POST / ? body=x close | ") },
    { "HTTP/1.0 has no chunks", STR("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), STR("400") },
    { "HTTP/0.9", STR("GET / HTTP/0.9\r\n" HOST "\r\n"), STR("505") },
    { "HTTP/2.0", STR("GET / HTTP/2.0\r\n" HOST "\r\n"), STR("505") },
    { "HTTP/1.2", STR("GET / HTTP/1.2\r\n" HOST "\r\n"), STR("505") },
    { "the preface of HTTP/2", STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), STR("505") },
    { "no version, as in HTTP/0.9", STR("GET /\r\n\r\n"), STR("505") },

    /* Host */
    { "no Host", STR(LINE "\r\n"), STR("400") },
    { "two Hosts", STR(LINE HOST HOST "\r\n"), STR("400") },
    { "two Hosts in HTTP/1.0", STR("GET / HTTP/1.0\r\n" HOST HOST "\r\n"), STR("400") },
    { "an empty Host", STR(LINE "Host:\r\n\r\n"), STR("400") },
    { "Host with a port", STR(LINE "Host: a.example:8080\r\n\r\n"), STR("GET / ? keep | ") },
    { "Host is IPv6", STR(LINE "Host: [::1]:80\r\n\r\n"), STR("GET / ? keep | ") },
    { "Host is IPv6 without port", STR(LINE "Host: [::1]\r\n\r\n"), STR("GET / ? keep | ") },
    { "Host is half of IPv6", STR(LINE "Host: [::1\r\n\r\n"), STR("400") },
    { "text behind IPv6", STR(LINE "Host: [::1]x\r\n\r\n"), STR("400") },
    { "empty IPv6", STR(LINE "Host: []\r\n\r\n"), STR("400") },
    { "Host with a path", STR(LINE "Host: a/b\r\n\r\n"), STR("400") },
    { "Host with a user", STR(LINE "Host: me@a\r\n\r\n"), STR("400") },
    { "Host with two ports", STR(LINE "Host: a:1:2\r\n\r\n"), STR("400") },
    { "port is no number", STR(LINE "Host: a:x\r\n\r\n"), STR("400") },
    { "port over 65535", STR(LINE "Host: a:65536\r\n\r\n"), STR("400") },
    { "a list of Hosts", STR(LINE "Host: a,b\r\n\r\n"), STR("400") },
    { "Host with a space", STR(LINE "Host: a b\r\n\r\n"), STR("400") },

    /* targets */
    { "absolute-form", STR("GET http://b.example/x?y HTTP/1.1\r\n" HOST "\r\n"), STR("GET /x ?y keep | ") },
    { "absolute-form, upper case", STR("GET HTTPS://b HTTP/1.1\r\n" HOST "\r\n"), STR("GET / ? keep | ") },
    { "absolute-form with a query alone", STR("GET http://b?x=/ HTTP/1.1\r\n" HOST "\r\n"), STR("GET / ?x=/ keep | ") },
    { "another scheme", STR("GET ftp://b/ HTTP/1.1\r\n" HOST "\r\n"), STR("400") },
    { "no slash", STR("GET a HTTP/1.1\r\n" HOST "\r\n"), STR("400") },
    { "a star for GET", STR("GET * HTTP/1.1\r\n" HOST "\r\n"), STR("400") },
    { "a fragment", STR("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), STR("400") },
    { "a byte above ASCII", STR("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), STR("400") },
    { "a tab", STR("GET /a\tb HTTP/1.1\r\n" HOST "\r\n"), STR("400") },
    { "NUL in the target", STR("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"), STR("400") },
    { "CONNECT", STR("CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n"), STR("501") },
    { "no method at all", STR("\x16\x03\x01\x02\x05\x01"), STR("400") },
    { "a method in lower case", STR("get / HTTP/1.1\r\n" HOST "\r\n"), STR("400") },

    /* header lines */
    { "folded", STR(LINE HOST "X: a\r\n b\r\n\r\n"), STR("400") },
    { "folded with a tab", STR(LINE HOST "X: a\r\n\tb\r\n\r\n"), STR("400") },
    { "folded emptily", STR(LINE HOST "X:\r\n \r\n\r\n"), STR("400") },
    { "folded first line", STR(LINE " X: a\r\n" HOST "\r\n"), STR("400") },
    { "a space before the colon", STR(LINE "Host : a\r\n\r\n"), STR("400") },
    { "a space in the name", STR(LINE HOST "X Y: a\r\n\r\n"), STR("400") },
    { "no colon", STR(LINE HOST "X\r\n\r\n"), STR("400") },
    { "no name", STR(LINE HOST ": a\r\n\r\n"), STR("400") },
    { "no name in the first line", STR(LINE ": a\r\n" HOST "\r\n"), STR("400") },
    { "a colon alone", STR(LINE HOST ":\r\n\r\n"), STR("400") },
    { "a bare line feed", STR("GET / HTTP/1.1\nHost: a\n\n"), STR("400") },
    { "a bare line feed in the headers", STR(LINE HOST "X: a\nY: b\r\n\r\n"), STR("400") },
    { "a bare carriage return", STR(LINE HOST "X: a\rb\r\n\r\n"), STR("400") },
    { "NUL in a value", STR(LINE HOST "X: a\0b\r\n\r\n"), STR("400") },
    { "a control character in a value", STR(LINE HOST "X: a\x01\r\n\r\n"), STR("400") },
    { "bytes above ASCII in a value", STR(LINE HOST "X: \xc3\xa4\r\n\r\n"), STR("GET / ? keep | ") },

    /* bodies of known size */
    { "a sized body", STR(POST "Content-Length: 5\r\n\r\nhello"), STR("POST / ? body=hello keep | ") },
    { "an empty body", STR(POST "Content-Length: 0\r\n\r\n"), STR("POST / ? keep | ") },
    { "a body for GET", STR(LINE HOST "Content-Length: 2\r\n\r\nok"), STR("GET / ? body=ok keep | ") },
    { "no length", STR(POST "\r\n"), STR("POST / ? keep | ") },
    { "an empty length", STR(POST "Content-Length:\r\n\r\n"), STR("400") },
    { "a negative length", STR(POST "Content-Length: -1\r\n\r\n"), STR("400") },
    { "a length with a sign", STR(POST "Content-Length: +1\r\n\r\nx"), STR("400") },
    { "a hexadecimal length", STR(POST "Content-Length: 0x1\r\n\r\nx"), STR("400") },
    { "a list of lengths", STR(POST "Content-Length: 1, 1\r\n\r\nx"), STR("400") },
    { "two lengths", STR(POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"), STR("400") },
    { "a length over 64 bits", STR(POST "Content-Length: 18446744073709551616\r\n\r\n"), STR("400") },
    { "a body at the limit",
      STR(POST "Content-Length: 64\r\n\r\n0123456789012345678901234567890123456789012345678901234567890123"),
      STR("POST / ? body=0123456789012345678901234567890123456789012345678901234567890123 keep | ") },
    { "a body over the limit is refused unread", STR(POST "Content-Length: 65\r\n\r\n"), STR("413") },
    { "a huge length is refused unread", STR(POST "Content-Length: 9999999999999\r\n\r\n"), STR("413") },

    /* chunks */
    { "chunks", STR(POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"),
      STR("POST / ? body=abc0123456789 keep | ") },
    { "chunked in capitals", STR(POST "Transfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      STR("POST / ? body=x keep | ") },
    { "no chunk", STR(POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), STR("POST / ? keep | ") },
    { "chunk extensions are passed over", STR(POST "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0;c\r\n\r\n"),
      STR("POST / ? body=x keep | ") },
    { "trailers are passed over", STR(POST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nHost: b\r\nX: y\r\n\r\n"),
      STR("POST / ? body=x keep | ") },
    { "a request behind chunks", STR(POST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" LINE HOST "\r\n"),
      STR("POST / ? body=x keep | GET / ? keep | ") },
    { "chunks over the limit",
      STR(POST
          "Transfer-Encoding: chunked\r\n\r\n40\r\n0123456789012345678901234567890123456789012345678901234567890123"
          "\r\n1\r\nx\r\n0\r\n\r\n"),
      STR("413") },
    { "a chunk size without digits", STR(POST "Transfer-Encoding: chunked\r\n\r\n\r\n"), STR("400") },
    { "a chunk size over 64 bits", STR(POST "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"), STR("400") },
    { "a chunk size with a sign", STR(POST "Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n"), STR("400") },
    { "a chunk that is longer than its size", STR(POST "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n"),
      STR("400") },

    /* framing that could be read in two ways */
    { "length, then chunked", STR(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      STR("400") },
    { "chunked, then length", STR(POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
      STR("400") },
    { "gzip", STR(POST "Transfer-Encoding: gzip\r\n\r\n"), STR("501") },
    { "gzip, chunked", STR(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), STR("501") },
    { "gzip and chunked in two lines",
      STR(POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), STR("501") },
    { "identity", STR(POST "Transfer-Encoding: identity\r\n\r\n"), STR("501") },
    { "an empty coding", STR(POST "Transfer-Encoding:\r\n\r\n"), STR("501") },
    { "chunked, then another", STR(POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), STR("400") },
    { "xchunked", STR(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), STR("501") },
    { "chunked twice", STR(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      STR("400") },

    /* by which something is allowed: once */
    { "an origin and a token", STR("GET / HTTP/1.1\r\n" HOST "Origin: http://a\r\nAuthorization: Bearer t\r\n\r\n"),
      STR("GET / ? keep | ") },
    { "two origins", STR("GET / HTTP/1.1\r\n" HOST "Origin: http://a\r\norigin: http://b\r\n\r\n"), STR("400") },
    { "the same origin twice", STR("GET / HTTP/1.1\r\n" HOST "Origin: http://a\r\nOrigin: http://a\r\n\r\n"),
      STR("400") },
    { "two tokens", STR("GET / HTTP/1.1\r\n" HOST "Authorization: Bearer t\r\nAuthorization: Bearer u\r\n\r\n"),
      STR("400") },

    /* Expect */
    { "100-continue", STR(POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx"),
      STR("POST / ? body=x expects keep | ") },
    { "100-continue in capitals", STR(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"),
      STR("POST / ? body=x expects keep | ") },
    { "100-continue without a body", STR(POST "Expect: 100-continue\r\n\r\n"), STR("POST / ? keep | ") },
    { "another expectation", STR(POST "Expect: money\r\nContent-Length: 1\r\n\r\nx"), STR("417") },
};

TEST_EACH(requests_are_read_and_rules_kept_in_any_pieces, cases, c)
{
    static const size_t piece_lens[] = { 100000, 1, 2, 3, 7, 16 };
    for (size_t i = 0; i < ARRAY_LEN(piece_lens); i++) {
        _cleanup_(arena_freep) Arena *arena = arena_new();
        CHECK_STR(parse(arena, c->bytes, piece_lens[i]), c->want, c->label);
    }
}

/* --- limits --- */

static void add_times(StrBuf *out, Str piece, size_t n)
{
    for (size_t i = 0; i < n; i++) strbuf_add(out, piece);
}

#define TEXT_64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT_512 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64

static const struct {
    const char *label;
    Str before, repeated;
    size_t times;
    Str after, want;
} sizes[] = {
    { "the longest target", STR("GET /"), STR("a"), HTTP_TARGET_MAX - 1, STR(" HTTP/1.1\r\n" HOST "\r\n"),
      STR("GET ") },
    { "a longer target", STR("GET /"), STR("a"), HTTP_TARGET_MAX, STR(" HTTP/1.1\r\n" HOST "\r\n"), STR("414") },
    { "an endless target", STR("GET /"), STR("a"), 100000, STR(""), STR("414") },
    { "as many headers as allowed", STR(LINE HOST), STR("X: y\r\n"), HTTP_HEADERS_MAX - 1, STR("\r\n"), STR("GET ") },
    { "one header more", STR(LINE HOST), STR("X: y\r\n"), HTTP_HEADERS_MAX, STR("\r\n"), STR("431") },
    { "headers as large as allowed", STR(LINE HOST "X: "), STR("y"), HTTP_HEADER_BYTES_MAX - 6, STR("\r\n\r\n"),
      STR("GET ") },
    { "one byte more", STR(LINE HOST "X: "), STR("y"), HTTP_HEADER_BYTES_MAX - 5, STR("\r\n\r\n"), STR("431") },
    { "an endless value", STR(LINE HOST "X: "), STR("y"), 100000, STR(""), STR("431") },
    { "an endless name", STR(LINE HOST), STR("y"), 100000, STR(""), STR("431") },
    { "endless headers without values", STR(LINE HOST), STR("X:\r\n"), 1000, STR(""), STR("431") },
    { "endless trailers", STR(POST "Transfer-Encoding: chunked\r\n\r\n0\r\n"), STR("X: y\r\n"), 100000, STR(""),
      STR("431") },
    { "an endless chunk extension", STR(POST "Transfer-Encoding: chunked\r\n\r\n1;a="), STR("b"), 100000, STR(""),
      STR("431") },
    { "endless chunk extensions", STR(POST "Transfer-Encoding: chunked\r\n\r\n"), STR("1;" TEXT_512 "\r\nx\r\n"), 40,
      STR(""), STR("431") },
};
TEST_EACH(sizes_are_limited, sizes, c)
{
    static const size_t piece_lens[] = { 1000000, 1000, 1 };
    for (size_t i = 0; i < ARRAY_LEN(piece_lens); i++) {
        _cleanup_(arena_freep) Arena *arena = arena_new();
        StrBuf bytes;
        strbuf_init(&bytes, arena);
        strbuf_add(&bytes, c->before);
        add_times(&bytes, c->repeated, c->times);
        strbuf_add(&bytes, c->after);
        Str got = parse(arena, strbuf_str(&bytes), piece_lens[i]);
        CHECK(str_starts_with(got, c->want), c->label);
    }
}

TEST(headers_are_found_by_name_and_trimmed)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpParser *parser = http_parser_new(arena);
    Str bytes = STR(LINE HOST "X-One:  a b \t\r\nx-ONE: second\r\nEmpty:\r\n\r\n");
    size_t used;
    (void)state;
    assert_int_equal(http_parser_feed(parser, bytes.ptr, bytes.len, &used), HTTP_PARSE_HEADERS);
    const HttpRequest *request = &http_parser_message(parser)->request;
    assert_int_equal(request->n_headers, 4);
    CHECK_STR(http_header(request, STR("x-one")), STR("a b"), "the first of that name");
    CHECK_STR(request->headers[2].value, STR("second"), "the second of that name");
    assert_non_null(http_header(request, STR("empty")).ptr);
    assert_null(http_header(request, STR("missing")).ptr);
    http_parser_done(parser);
}

TEST(memory_for_a_body_grows_with_what_arrives)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpParser *parser = http_parser_new(arena);
    Str bytes = STR(POST "Content-Length: 60000\r\n\r\nfirst");
    size_t used, more;
    (void)state;
    assert_int_equal(http_parser_feed(parser, bytes.ptr, bytes.len, &used), HTTP_PARSE_HEADERS);
    assert_true(http_parser_allow_body(parser, 65536));
    assert_int_equal(http_parser_feed(parser, bytes.ptr + used, bytes.len - used, &more), HTTP_PARSE_MORE);
    assert_in_range(arena_used(arena), 0, 8192);
    http_parser_done(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_read_and_rules_kept_in_any_pieces),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(headers_are_found_by_name_and_trimmed),
        cmocka_unit_test(memory_for_a_body_grows_with_what_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
