#include "net/ws_frame.h"

#include <stdlib.h>

#include "base/limits.h"
#include "net/ws.h"
#include "support/test.h"

/* --- events as text --- */

static void describe(StrBuf *out, const WsEvent *event)
{
    static const char *const names[] = {
        [WS_EVENT_TEXT] = "text",   [WS_EVENT_PING] = "ping",     [WS_EVENT_PONG] = "pong",
        [WS_EVENT_CLOSE] = "close", [WS_EVENT_BROKEN] = "broken",
    };
    strbuf_fmt(out, "%s", names[event->kind]);
    if (event->code) strbuf_fmt(out, "=%u", event->code);
    if (event->payload.len) strbuf_fmt(out, ":%.*s", STR_ARG(event->payload));
    strbuf_add_char(out, ' ');
}

/* Feeds a copy of the bytes in a block of its own, so that a sanitizer sees reads beyond it. */
static void feed(WsParser *parser, Str bytes, StrBuf *seen)
{
    char *copy = malloc(bytes.len ? bytes.len : 1), *at = copy;
    size_t len = bytes.len;
    if (bytes.len) memcpy(copy, bytes.ptr, bytes.len);
    for (;;) {
        WsEvent event = ws_parser_next(parser, &at, &len);
        if (event.kind == WS_EVENT_NONE) break;
        describe(seen, &event);
        if (event.kind == WS_EVENT_BROKEN) break;
    }
    ws_parser_trim(parser);
    free(copy);
}

static bool is_broken(const StrBuf *seen)
{
    return memmem(seen->ptr, seen->len, "broken", 6) != NULL;
}

/* In pieces of `piece_len`; the first one has `first_len`. */
static Str parse(Arena *arena, Str bytes, size_t first_len, size_t piece_len)
{
    WsParser parser = { 0 };
    StrBuf seen;
    strbuf_init(&seen, arena);
    strbuf_reserve(&seen, 1);
    for (size_t at = 0; at < bytes.len && !is_broken(&seen);) {
        size_t len = at == 0 ? first_len : piece_len;
        if (len > bytes.len - at) len = bytes.len - at;
        feed(&parser, (Str){ bytes.ptr + at, len }, &seen);
        at += len;
    }
    if (parser.partial && !is_broken(&seen)) strbuf_add(&seen, STR("..."));
    ws_parser_done(&parser);
    return strbuf_str(&seen);
}

#define M "\0\0\0\0" /* a mask that changes nothing */

static const struct {
    const char *label;
    Str bytes, want;
} cases[] = {
    /* messages */
    { "a text", STR("\x81\x85" M "hello"), STR("text:hello ") },
    { "an empty text", STR("\x81\x80" M), STR("text ") },
    { "a masked text", STR("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), STR("text:Hello ") }, /* RFC 6455, 5.7 */
    { "two texts", STR("\x81\x81" M "a\x81\x81" M "b"), STR("text:a text:b ") },
    { "fragments", STR("\x01\x83" M "Hel\x80\x82" M "lo"), STR("text:Hello ") },
    { "many fragments, some empty", STR("\x01\x80" M "\0\x81" M "a\0\x80" M "\0\x81" M "b\x80\x80" M),
      STR("text:ab ") },
    { "control frames inside a message", STR("\x01\x81" M "a\x89\x81" M "p\x8a\x81" M "q\x80\x81" M "b"),
      STR("ping:p pong:q text:ab ") },
    { "a character over two fragments", STR("\x01\x81" M "\xd1\x80\x81" M "\x8f"), STR("text:я ") },
    { "a text behind fragments", STR("\x01\x81" M "a\x80\x81" M "b\x81\x81" M "c"), STR("text:ab text:c ") },
    { "an unfinished message", STR("\x01\x81" M "a"), STR("...") },
    { "an unfinished frame", STR("\x81\x85" M "he"), STR("...") },
    { "an unfinished header", STR("\x81\xfe\x01"), STR("...") },
    { "a ping", STR("\x89\x82" M "hi"), STR("ping:hi ") },
    { "an empty ping", STR("\x89\x80" M), STR("ping ") },
    { "a pong", STR("\x8a\x82" M "hi"), STR("pong:hi ") },

    /* close frames */
    { "close", STR("\x88\x80" M), STR("close=1005 ") },
    { "close with a code", STR("\x88\x82" M "\x03\xe8"), STR("close=1000 ") },
    { "close with a reason", STR("\x88\x85" M "\x0f\xa1why"), STR("close=4001:why ") },
    { "close with half a code", STR("\x88\x81" M "\x03"), STR("broken=1002 ") },
    { "close with code 999", STR("\x88\x82" M "\x03\xe7"), STR("broken=1002 ") },
    { "close with code 1004", STR("\x88\x82" M "\x03\xec"), STR("broken=1002 ") },
    { "close with code 1005", STR("\x88\x82" M "\x03\xed"), STR("broken=1002 ") },
    { "close with code 1006", STR("\x88\x82" M "\x03\xee"), STR("broken=1002 ") },
    { "close with code 1014", STR("\x88\x82" M "\x03\xf6"), STR("close=1014 ") },
    { "close with code 1015", STR("\x88\x82" M "\x03\xf7"), STR("broken=1002 ") },
    { "close with code 2999", STR("\x88\x82" M "\x0b\xb7"), STR("broken=1002 ") },
    { "close with code 3000", STR("\x88\x82" M "\x0b\xb8"), STR("close=3000 ") },
    { "close with code 4999", STR("\x88\x82" M "\x13\x87"), STR("close=4999 ") },
    { "close with code 5000", STR("\x88\x82" M "\x13\x88"), STR("broken=1002 ") },
    { "close with a reason that is no text", STR("\x88\x83" M "\x03\xe8\xff"), STR("broken=1007 ") },

    /* what the header may not say */
    { "not masked", STR("\x81\x05hello"), STR("broken=1002 ") },
    { "not masked, empty", STR("\x81\x00"), STR("broken=1002 ") },
    { "RSV1: compressed", STR("\xc1\x80" M), STR("broken=1002 ") },
    { "RSV2", STR("\xa1\x80" M), STR("broken=1002 ") },
    { "RSV3", STR("\x91\x80" M), STR("broken=1002 ") },
    { "RSV1 on a ping", STR("\xc9\x80" M), STR("broken=1002 ") },
    { "opcode 3", STR("\x83\x80" M), STR("broken=1002 ") },
    { "opcode 7", STR("\x87\x80" M), STR("broken=1002 ") },
    { "opcode 11", STR("\x8b\x80" M), STR("broken=1002 ") },
    { "opcode 15", STR("\x8f\x80" M), STR("broken=1002 ") },
    { "a fragmented ping", STR("\x09\x80" M), STR("broken=1002 ") },
    { "a fragmented close", STR("\x08\x80" M), STR("broken=1002 ") },
    { "a ping of 126 bytes", STR("\x89\xfe\x00\x7e" M), STR("broken=1002 ") },
    { "a close with a 64-bit length", STR("\x88\xff\0\0\0\0\0\1\0\0" M), STR("broken=1002 ") },
    { "binary", STR("\x82\x81" M "x"), STR("broken=1003 ") },
    { "a fragment of binary", STR("\x02\x81" M "x"), STR("broken=1003 ") },
    { "a continuation of nothing", STR("\x80\x81" M "x"), STR("broken=1002 ") },
    { "a continuation behind a whole message", STR("\x81\x81" M "a\x80\x81" M "x"), STR("text:a broken=1002 ") },
    { "a text inside a message", STR("\x01\x81" M "a\x81\x81" M "x"), STR("broken=1002 ") },

    /* lengths */
    { "16 bits for 125", STR("\x81\xfe\x00\x7d" M), STR("broken=1002 ") },
    { "64 bits for 65535", STR("\x81\xff\0\0\0\0\0\0\xff\xff" M), STR("broken=1002 ") },
    { "64 bits with the top bit", STR("\x81\xff\x80\0\0\0\0\1\0\0" M), STR("broken=1002 ") },
    { "one byte too large", STR("\x81\xff\0\0\0\0\0\1\0\1" M), STR("broken=4413 ") },
    { "much too large", STR("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" M), STR("broken=4413 ") },
    { "too large with the second fragment", STR("\x01\x81" M "a\x80\xff\0\0\0\0\0\1\0\0" M), STR("broken=4413 ") },

    /* UTF-8 */
    { "broken text", STR("\x81\x81" M "\xff"), STR("broken=1007 ") },
    { "half a character at the end", STR("\x81\x81" M "\xd1"), STR("broken=1007 ") },
    { "a surrogate", STR("\x81\x83" M "\xed\xa0\x80"), STR("broken=1007 ") },
    { "broken text in fragments", STR("\x01\x81" M "a\x80\x81" M "\xff"), STR("broken=1007 ") },
};

TEST_EACH(frames_are_read_and_rules_kept_in_any_pieces, cases, c)
{
    for (size_t first_len = 1; first_len <= c->bytes.len; first_len++) {
        _cleanup_(arena_freep) Arena *arena = arena_new();
        CHECK_STR(parse(arena, c->bytes, first_len, 100), c->want, c->label);
        CHECK_STR(parse(arena, c->bytes, first_len, 1), c->want, c->label);
    }
}

/* --- sizes, masks, memory --- */

static void add_frame(StrBuf *out, unsigned opcode, bool fin, Str payload)
{
    static const char mask[4] = { 0x11, 0x22, (char)0xf3, 0x44 };
    char header[WS_HEADER_MAX];
    size_t header_len = ws_frame_header(header, opcode, payload.len);
    if (!fin) header[0] &= 0x7f;
    header[1] |= (char)0x80;
    strbuf_add(out, (Str){ header, header_len });
    strbuf_add(out, (Str){ mask, 4 });
    for (size_t i = 0; i < payload.len; i++) strbuf_add_char(out, (char)(payload.ptr[i] ^ mask[i & 3]));
}

static const struct {
    const char *label;
    size_t len, header_len;
} lengths[] = {
    { "empty", 0, 2 },
    { "one byte", 1, 2 },
    { "longest of 7 bits", 125, 2 },
    { "shortest of 16 bits", 126, 4 },
    { "seven bytes", 7, 2 },
    { "eight bytes", 8, 2 },
    { "nine bytes", 9, 2 },
    { "longest of 16 bits", 65535, 4 },
    { "a whole buffer", 65536, 10 },
};
TEST_EACH(what_is_encoded_is_decoded, lengths, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    char *text = arena_alloc(arena, c->len + 1), header[WS_HEADER_MAX];
    StrBuf bytes, want;
    for (size_t i = 0; i < c->len; i++) text[i] = (char)('a' + i % 26);
    CHECK(ws_frame_header(header, WS_OPCODE_TEXT, c->len) == c->header_len, c->label);
    strbuf_init(&bytes, arena);
    strbuf_init(&want, arena);
    add_frame(&bytes, WS_OPCODE_TEXT, true, (Str){ text, c->len });
    strbuf_fmt(&want, c->len ? "text:%s " : "text ", text);
    CHECK_STR(parse(arena, strbuf_str(&bytes), SIZE_MAX, 1), strbuf_str(&want), c->label);
    CHECK_STR(parse(arena, strbuf_str(&bytes), 1, 1), strbuf_str(&want), c->label);
    CHECK_STR(parse(arena, strbuf_str(&bytes), 5, 4099), strbuf_str(&want), c->label);
}

TEST(a_message_of_fragments_may_be_as_large_as_one_frame)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    char *text = arena_alloc(arena, WS_FRAME_MAX + 1);
    (void)state;
    memset(text, 'x', WS_FRAME_MAX);
    for (size_t more = 0; more <= 1; more++) {
        StrBuf bytes;
        strbuf_init(&bytes, arena);
        add_frame(&bytes, WS_OPCODE_TEXT, false, (Str){ text, WS_FRAME_MAX - 10 });
        add_frame(&bytes, 0, false, (Str){ text, 0 });
        add_frame(&bytes, 0, true, (Str){ text, 10 + more });
        Str got = parse(arena, strbuf_str(&bytes), SIZE_MAX, 1);
        if (more)
            CHECK_STR(got, STR("broken=4413 "), "one byte more");
        else
            assert_int_equal(got.len, strlen("text: ") + WS_FRAME_MAX);
    }
}

TEST(a_whole_frame_is_not_copied)
{
    char bytes[] = "\x81\x82" M "ab\x81\x81" M "c";
    char *at = bytes;
    size_t len = sizeof bytes - 1;
    WsParser parser = { 0 };
    (void)state;
    WsEvent event = ws_parser_next(&parser, &at, &len);
    assert_ptr_equal(event.payload.ptr, bytes + 6);
    event = ws_parser_next(&parser, &at, &len);
    assert_ptr_equal(event.payload.ptr, bytes + 14);
    assert_null(parser.partial);
}

TEST(between_messages_no_memory_is_held)
{
    char bytes[] = "\x01\x81" M "a\x80\x81" M "b";
    WsParser parser = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        char *at = bytes + i;
        size_t len = 1;
        WsEvent event = ws_parser_next(&parser, &at, &len);
        assert_int_equal(event.kind, i == sizeof bytes - 2 ? WS_EVENT_TEXT : WS_EVENT_NONE);
        assert_non_null(parser.partial);
    }
    ws_parser_trim(&parser);
    assert_null(parser.partial);
}

TEST(a_parser_may_be_told_to_take_less)
{
    static const size_t pieces[] = { 1, 4099 };
    _cleanup_(arena_freep) Arena *arena = arena_new();
    char *text = arena_alloc(arena, 101);
    (void)state;
    memset(text, 'x', 101);
    for (size_t i = 0; i < 2 * ARRAY_LEN(pieces); i++) {
        WsParser parser = { .message_max = 100, .too_large_code = 4426 };
        StrBuf bytes, seen;
        strbuf_init(&bytes, arena);
        strbuf_init(&seen, arena);
        add_frame(&bytes, WS_OPCODE_TEXT, false, (Str){ text, 60 });
        add_frame(&bytes, 0, true, (Str){ text, 40 + i % 2 });
        for (size_t at = 0; at < bytes.len && !is_broken(&seen); at += pieces[i / 2]) {
            size_t left = bytes.len - at;
            feed(&parser, (Str){ bytes.ptr + at, left < pieces[i / 2] ? left : pieces[i / 2] }, &seen);
        }
        if (i % 2)
            CHECK_STR(strbuf_str(&seen), STR("broken=4426 "), "one byte more");
        else
            assert_int_equal(seen.len, strlen("text: ") + 100);
        ws_parser_done(&parser);
    }
}

TEST(frames_that_bring_nothing_end_the_socket)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    (void)state;
    for (int more = 0; more <= 1; more++) {
        StrBuf bytes;
        strbuf_init(&bytes, arena);
        add_frame(&bytes, WS_OPCODE_TEXT, false, STR(""));
        for (int i = 1; i < WS_EMPTY_FRAMES_MAX + more; i++) add_frame(&bytes, 0, false, STR(""));
        add_frame(&bytes, 0, true, STR("a"));
        CHECK_STR(parse(arena, strbuf_str(&bytes), SIZE_MAX, 1), more ? STR("broken=4413 ") : STR("text:a "), "empty");
        CHECK_STR(parse(arena, strbuf_str(&bytes), 1, 1), more ? STR("broken=4413 ") : STR("text:a "), "in pieces");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_read_and_rules_kept_in_any_pieces),
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(a_message_of_fragments_may_be_as_large_as_one_frame),
        cmocka_unit_test(a_parser_may_be_told_to_take_less),
        cmocka_unit_test(frames_that_bring_nothing_end_the_socket),
        cmocka_unit_test(a_whole_frame_is_not_copied),
        cmocka_unit_test(between_messages_no_memory_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
