/* Any bytes as a connection's input: requests are read or refused, within the limits, and it does not matter in which
 * pieces the bytes come. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "net/http_parser.h"

#define BODY_MAX 100

typedef struct Reader {
    Arena *arena;
    HttpParser *parser;
    StrBuf seen;
    bool refused;
} Reader;

static void check_headers(const HttpMessage *message)
{
    const HttpRequest *request = &message->request;
    size_t bytes = 0;
    MUST_HOLD(request->method.len > 0);
    MUST_HOLD(request->path.len > 0 && (request->path.ptr[0] == '/' || str_eq(request->path, STR("*"))));
    MUST_HOLD(request->path.len + request->query.len <= HTTP_TARGET_MAX);
    MUST_HOLD(str_find(request->path, '?') < 0 && str_find(request->path, '\0') < 0);
    MUST_HOLD(request->n_headers <= HTTP_HEADERS_MAX);
    MUST_HOLD(message->version == 10 || http_header(request, STR("host")).len > 0);
    for (size_t i = 0; i < request->n_headers; i++) {
        Str name = request->headers[i].name, value = request->headers[i].value;
        MUST_HOLD(name.len > 0);
        MUST_HOLD(str_find(value, '\r') < 0 && str_find(value, '\n') < 0 && str_find(value, '\0') < 0);
        bytes += name.len + value.len;
    }
    MUST_HOLD(bytes <= HTTP_HEADER_BYTES_MAX);
}

static void write_down(StrBuf *out, const HttpMessage *message)
{
    const HttpRequest *request = &message->request;
    strbuf_fmt(out, "%.*s %.*s?%.*s %d%d%d\n", STR_ARG(request->method), STR_ARG(request->path),
               STR_ARG(request->query), message->keep_alive, message->expects_continue, message->has_body);
    for (size_t i = 0; i < request->n_headers; i++)
        strbuf_fmt(out, "%.*s:%.*s\n", STR_ARG(request->headers[i].name), STR_ARG(request->headers[i].value));
    strbuf_add(out, request->body);
    strbuf_add(out, STR("\n---\n"));
}

static void step(Reader *reader, HttpProgress progress)
{
    if (progress == HTTP_PARSE_HEADERS) {
        check_headers(http_parser_message(reader->parser));
        if (!http_parser_allow_body(reader->parser, BODY_MAX)) progress = HTTP_PARSE_REFUSED;
    }
    if (progress == HTTP_PARSE_DONE) {
        MUST_HOLD(http_parser_message(reader->parser)->request.body.len <= BODY_MAX);
        write_down(&reader->seen, http_parser_message(reader->parser));
    }
    if (progress == HTTP_PARSE_REFUSED) {
        HttpRefusal refusal = http_parser_refusal(reader->parser);
        MUST_HOLD(refusal.status >= 400 && refusal.status <= 505 && refusal.err && refusal.why);
        reader->refused = true;
    }
    if (progress == HTTP_PARSE_DONE || progress == HTTP_PARSE_REFUSED) {
        http_parser_done(reader->parser);
        reader->parser = NULL;
    }
}

static void feed(Reader *reader, const uint8_t *data, size_t len)
{
    HttpProgress progress = HTTP_PARSE_MORE;
    char *piece = malloc(len);
    size_t at = 0;
    if (!piece) abort();
    memcpy(piece, data, len);
    while (!reader->refused && (at < len || progress == HTTP_PARSE_HEADERS)) {
        size_t used = 0;
        if (!reader->parser) reader->parser = http_parser_new(reader->arena);
        progress = http_parser_feed(reader->parser, piece + at, len - at, &used);
        MUST_HOLD(used <= len - at);
        MUST_HOLD(used == len - at || progress != HTTP_PARSE_MORE);
        at += used;
        step(reader, progress);
    }
    free(piece);
}

/* The requests as text; "refused" or "incomplete" at the end. */
static Str read_in_pieces(Arena *arena, const uint8_t *data, size_t size, size_t piece_len)
{
    Reader reader = { .arena = arena };
    strbuf_init(&reader.seen, arena);
    for (size_t at = 0; at < size && !reader.refused; at += piece_len)
        feed(&reader, data + at, size - at < piece_len ? size - at : piece_len);
    if (reader.parser) strbuf_add(&reader.seen, STR("incomplete"));
    if (reader.refused) strbuf_add(&reader.seen, STR("refused"));
    http_parser_done(reader.parser);
    return strbuf_str(&reader.seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    Arena *arena = arena_new();
    Str whole = read_in_pieces(arena, data, size, size);
    MUST_HOLD(str_eq(whole, read_in_pieces(arena, data, size, 1)));
    MUST_HOLD(str_eq(whole, read_in_pieces(arena, data, size, 2 + data[size - 1] % 32)));
    arena_free(arena);
    return 0;
}
