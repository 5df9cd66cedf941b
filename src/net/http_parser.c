/* llhttp finds the boundaries of method, target, header names, values and body; the pieces are appended to one text per
 * request, and only lengths are recorded until the headers are complete and the text no longer moves.
 *
 * llhttp is paused at the end of the headers and at the end of the request, so that every decision is made outside its
 * callbacks.
 * Accepted by llhttp but refused here: obs-fold, HTTP/0.9 and 2.0, transfer codings other than chunked, CONNECT,
 * missing or
 * repeated Host, header lines without a name, and anything unbounded. */
#include "net/http_parser.h"

#include <llhttp.h>
#include <string.h>

#include "base/limits.h"

#if !LLHTTP_STRICT_MODE
#error "llhttp must be used in strict mode: the loose one accepts a space before the colon of a header"
#endif

/* Fits an ordinary request with a token, so that the text rarely moves. */
#define TEXT_FIRST 1024

struct HttpParser {
    llhttp_t llhttp;
    Arena *arena;
    HttpMessage message;
    HttpRefusal refusal;
    StrBuf text; /* target, then name and value of each header, without gaps */
    StrBuf body; /* heap: it grows by realloc and may be large */
    size_t body_max;
    size_t header_bytes; /* names, values, and later trailers and chunk extensions */
    uint16_t target_len, n_headers;
    uint16_t name_len[HTTP_HEADERS_MAX], value_len[HTTP_HEADERS_MAX];
    enum { BETWEEN_HEADERS, IN_NAME, IN_VALUE } place; /* of the next header byte; each may come in pieces */
    bool headers_done;
    bool after_newline; /* the last header byte fed was a line feed */
};

_Static_assert(HTTP_TARGET_MAX <= UINT16_MAX && HTTP_HEADER_BYTES_MAX <= UINT16_MAX, "lengths fit their fields");

/* Keeps the first reason. The return value makes llhttp stop. */
static int refuse(HttpParser *parser, int status, Err err, const char *why)
{
    if (parser->refusal.status == 0) parser->refusal = (HttpRefusal){ status, err, why };
    return -1;
}

static int malformed(HttpParser *parser, const char *why)
{
    return refuse(parser, 400, ERR_INVALID, why);
}

static int count_header_bytes(HttpParser *parser, size_t len)
{
    parser->header_bytes += len;
    if (parser->header_bytes <= HTTP_HEADER_BYTES_MAX) return 0;
    return refuse(parser, 431, ERR_HEADER_TOO_LARGE, "the headers are too large");
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    HttpParser *parser = llhttp->data;
    if (len > HTTP_TARGET_MAX - (size_t)parser->target_len)
        return refuse(parser, 414, ERR_HEADER_TOO_LARGE, "the request target is too long");
    strbuf_add(&parser->text, (Str){ at, len });
    parser->target_len = (uint16_t)(parser->target_len + len);
    return 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
    HttpParser *parser = llhttp->data;
    if (count_header_bytes(parser, len)) return -1;
    if (parser->headers_done) return 0; /* trailers are counted and dropped */
    if (parser->place != IN_NAME) {
        if (parser->n_headers == HTTP_HEADERS_MAX)
            return refuse(parser, 431, ERR_HEADER_TOO_LARGE, "there are too many headers");
        parser->place = IN_NAME;
        parser->name_len[parser->n_headers] = parser->value_len[parser->n_headers] = 0;
        parser->n_headers++;
    }
    strbuf_add(&parser->text, (Str){ at, len });
    uint16_t *name_len = &parser->name_len[parser->n_headers - 1];
    *name_len = (uint16_t)(*name_len + len);
    return 0;
}

static int on_header_field_complete(llhttp_t *llhttp)
{
    HttpParser *parser = llhttp->data;
    if (parser->headers_done) return 0;
    if (parser->place != IN_NAME || parser->name_len[parser->n_headers - 1] == 0)
        return malformed(parser, "a header has no name");
    parser->place = IN_VALUE;
    return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
    HttpParser *parser = llhttp->data;
    if (count_header_bytes(parser, len)) return -1;
    if (parser->headers_done) return 0;
    if (parser->place != IN_VALUE) return malformed(parser, "a header has no name");
    strbuf_add(&parser->text, (Str){ at, len });
    uint16_t *value_len = &parser->value_len[parser->n_headers - 1];
    *value_len = (uint16_t)(*value_len + len);
    return 0;
}

static int on_header_value_complete(llhttp_t *llhttp)
{
    HttpParser *parser = llhttp->data;
    parser->place = BETWEEN_HEADERS;
    return 0;
}

static int on_headers_complete(llhttp_t *llhttp)
{
    HttpParser *parser = llhttp->data;
    parser->headers_done = true;
    parser->message.keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    return HPE_PAUSED;
}

/* The only bound on chunk extensions (compare CVE-2024-22019). */
static int on_chunk_extension(llhttp_t *llhttp, const char *at, size_t len)
{
    (void)at;
    return count_header_bytes(llhttp->data, len);
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    HttpParser *parser = llhttp->data;
    if (len > parser->body_max - parser->body.len) return refuse(parser, 413, ERR_TOO_LARGE, "the body is too large");
    strbuf_add(&parser->body, (Str){ at, len });
    return 0;
}

/* Paused here, llhttp makes nothing of an Upgrade: it is an ordinary request, and bytes behind it are another's. */
static int on_message_complete(llhttp_t *llhttp)
{
    (void)llhttp;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

HttpParser *http_parser_new(Arena *arena)
{
    HttpParser *parser = arena_alloc_raw(arena, sizeof *parser);
    memset(parser, 0, offsetof(HttpParser, name_len));
    parser->place = BETWEEN_HEADERS;
    parser->headers_done = parser->after_newline = false;
    parser->arena = arena;
    strbuf_init(&parser->text, arena);
    strbuf_reserve(&parser->text, TEXT_FIRST);
    strbuf_init(&parser->body, NULL);
    llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
    parser->llhttp.data = parser;
    return parser;
}

void http_parser_done(HttpParser *parser)
{
    if (parser) strbuf_done(&parser->body);
}

/* Now that the text does not move any more: points into it. Returns the target. */
static Str point_headers(HttpParser *parser)
{
    HttpRequest *request = &parser->message.request;
    HttpHeader *headers = arena_new_array(parser->arena, HttpHeader, parser->n_headers);
    const char *at = parser->text.ptr + parser->target_len;
    for (size_t i = 0; i < parser->n_headers; i++) {
        headers[i].name = (Str){ at, parser->name_len[i] };
        at += parser->name_len[i];
        headers[i].value = str_trim((Str){ at, parser->value_len[i] });
        at += parser->value_len[i];
    }
    request->headers = headers;
    request->n_headers = parser->n_headers;
    request->method = str_of(llhttp_method_name((llhttp_method_t)parser->llhttp.method));
    return (Str){ parser->text.ptr, parser->target_len };
}

static HttpProgress check_headers(HttpParser *parser)
{
    Str target = point_headers(parser);
    parser->message.version = parser->llhttp.http_major * 10 + parser->llhttp.http_minor;
    parser->message.content_length = parser->llhttp.content_length;
    parser->refusal = http_rules_check(&parser->message, target);
    return parser->refusal.status ? HTTP_PARSE_REFUSED : HTTP_PARSE_HEADERS;
}

bool http_parser_allow_body(HttpParser *parser, size_t bytes_max)
{
    parser->body_max = bytes_max;
    if (parser->message.content_length <= bytes_max) return true; /* chunks are counted as they come */
    refuse(parser, 413, ERR_TOO_LARGE, "the body is too large");
    return false;
}

/* A header line that begins with a space continues the one before: obs-fold, forbidden by RFC 9112, section 5.2. llhttp
 * would join them, and another server in front may not. */
static bool folded(HttpParser *parser, const char *data, size_t len)
{
    bool after_newline = parser->after_newline;
    const char *at = data, *end = data + len;
    while (at < end) {
        if (after_newline && (*at == ' ' || *at == '\t')) return true;
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        after_newline = newline != NULL;
        at = newline ? newline + 1 : end;
    }
    if (len) parser->after_newline = after_newline;
    return false;
}

static HttpProgress refuse_errno(HttpParser *parser, llhttp_errno_t error)
{
    switch (error) {
    case HPE_INVALID_VERSION:
    case HPE_PAUSED_H2_UPGRADE: refuse(parser, 505, ERR_INVALID, "only HTTP/1.1 and HTTP/1.0 are spoken here"); break;
    default:
        /* The reasons of llhttp are fixed texts such as "Invalid header token". */
        malformed(parser, llhttp_get_error_reason(&parser->llhttp));
        break;
    }
    return HTTP_PARSE_REFUSED;
}

HttpProgress http_parser_feed(HttpParser *parser, const char *data, size_t len, size_t *out_used)
{
    bool headers_were_done = parser->headers_done;
    if (llhttp_get_errno(&parser->llhttp) == HPE_PAUSED) llhttp_resume(&parser->llhttp);
    llhttp_errno_t error = llhttp_execute(&parser->llhttp, data, len);
    *out_used = len;
    if (error != HPE_OK && error != HPE_USER) *out_used = (size_t)(llhttp_get_error_pos(&parser->llhttp) - data);

    if (!headers_were_done && folded(parser, data, *out_used)) malformed(parser, "a header is folded over two lines");
    if (parser->refusal.status) return HTTP_PARSE_REFUSED;
    if (error == HPE_OK) return HTTP_PARSE_MORE;
    if (error != HPE_PAUSED) return refuse_errno(parser, error);
    if (!headers_were_done) return check_headers(parser);
    parser->message.request.body = strbuf_str(&parser->body);
    return HTTP_PARSE_DONE;
}

const HttpMessage *http_parser_message(const HttpParser *parser)
{
    return &parser->message;
}

HttpMessage *http_parser_message_mut(HttpParser *parser)
{
    return &parser->message;
}

HttpRefusal http_parser_refusal(const HttpParser *parser)
{
    return parser->refusal;
}
