/* Any bytes as what a WebSocket client sends: the events keep the rules of RFC 6455, and it does not matter in which pieces
 * the bytes come. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "net/ws_frame.h"

static void check_event(const WsEvent *event)
{
    switch (event->kind) {
    case WS_EVENT_NONE: break;
    case WS_EVENT_TEXT:
        MUST_HOLD(event->payload.len <= WS_FRAME_MAX);
        MUST_HOLD(event->payload.len == 0 || utf8_valid(event->payload));
        break;
    case WS_EVENT_PING:
    case WS_EVENT_PONG: MUST_HOLD(event->payload.len <= 125); break;
    case WS_EVENT_CLOSE:
        MUST_HOLD(event->code == 1005 || ws_close_code_valid(event->code));
        MUST_HOLD(event->payload.len <= 123);
        break;
    case WS_EVENT_BROKEN:
        MUST_HOLD(event->code == 1002 || event->code == 1003 || event->code == 1007 || event->code == 4413);
        break;
    }
}

static void write_down(StrBuf *out, const WsEvent *event)
{
    strbuf_fmt(out, "%d %u %zu ", (int)event->kind, event->code, event->payload.len);
    strbuf_add(out, event->payload);
    strbuf_add_char(out, '\n');
}

/* False when a rule was broken. */
static bool feed(WsParser *parser, const uint8_t *data, size_t len, StrBuf *seen)
{
    char *piece = malloc(len), *at = piece;
    WsEvent event;
    if (!piece) abort();
    memcpy(piece, data, len);
    do {
        size_t before = len;
        event = ws_parser_next(parser, &at, &len);
        MUST_HOLD(len <= before);
        MUST_HOLD(len == 0 || event.kind != WS_EVENT_NONE);
        check_event(&event);
        if (event.kind != WS_EVENT_NONE) write_down(seen, &event);
    } while (event.kind != WS_EVENT_NONE && event.kind != WS_EVENT_BROKEN);
    ws_parser_trim(parser);
    free(piece);
    return event.kind != WS_EVENT_BROKEN;
}

static Str read_in_pieces(Arena *arena, const uint8_t *data, size_t size, size_t piece_len)
{
    WsParser parser = { 0 };
    StrBuf seen;
    bool whole = true;
    strbuf_init(&seen, arena);
    for (size_t at = 0; at < size && whole; at += piece_len)
        whole = feed(&parser, data + at, size - at < piece_len ? size - at : piece_len, &seen);
    if (whole && parser.partial) strbuf_add(&seen, STR("incomplete"));
    ws_parser_done(&parser);
    return strbuf_str(&seen);
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
