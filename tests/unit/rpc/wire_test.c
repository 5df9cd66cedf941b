#include "rpc/wire.h"

#include "every_type.pb-c.h"
#include "rpc/transcode.h"
#include "support/test.h"

/* Fields of molva.test.Every: i32 1, text 15, data 16, inner 17 {name 1}, any 19, word 20, thing 21 {name 1}, maybe_text 24,
 * again 25. */
static const struct {
    const char *label;
    Str bytes;
    WireVerdict verdict;
    const char *field;
} messages[] = {
    { "empty", STR(""), WIRE_OK, NULL },
    { "text", STR("\x7a\x02hi"), WIRE_OK, NULL },
    { "empty text", STR("\x7a\x00"), WIRE_OK, NULL },
    { "NUL in text", STR("\x7a\x03h\x00i"), WIRE_BAD_TEXT, "text" },
    { "NUL at the end", STR("\x7a\x03hi\x00"), WIRE_BAD_TEXT, "text" },
    { "NUL alone", STR("\x7a\x01\x00"), WIRE_BAD_TEXT, "text" },
    { "NUL in a long encoding", STR("\x7a\x02\xc0\x80"), WIRE_BAD_TEXT, "text" },
    { "no UTF-8", STR("\x7a\x01\xff"), WIRE_BAD_TEXT, "text" },
    { "half of a letter", STR("\x7a\x01\xd0"), WIRE_BAD_TEXT, "text" },
    { "a surrogate", STR("\x7a\x03\xed\xa0\x80"), WIRE_BAD_TEXT, "text" },
    { "replaced by good text behind", STR("\x7a\x02h\x00\x7a\x01h"), WIRE_BAD_TEXT, "text" },
    { "good text replaced", STR("\x7a\x01h\x7a\x02h\x00"), WIRE_BAD_TEXT, "text" },
    { "in a message", STR("\x8a\x01\x04\x0a\x02x\x00"), WIRE_BAD_TEXT, "name" },
    { "in a oneof", STR("\xa2\x01\x02w\x00"), WIRE_BAD_TEXT, "word" },
    { "in a message in a oneof", STR("\xaa\x01\x04\x0a\x02x\x00"), WIRE_BAD_TEXT, "name" },
    { "in an optional field", STR("\xc2\x01\x02m\x00"), WIRE_BAD_TEXT, "maybe_text" },
    { "three deep", STR("\xca\x01\x07\xca\x01\x04\x7a\x02h\x00"), WIRE_BAD_TEXT, "text" },
    { "in the key of a struct", STR("\x9a\x01\x06\x0a\x04\x0a\x02k\x00"), WIRE_BAD_TEXT, "key" },
    { "bytes may have it", STR("\x82\x01\x02\xff\x00"), WIRE_OK, NULL },
    { "an unknown field may have it", STR("\xfa\x3f\x02x\x00"), WIRE_OK, NULL },
    { "behind numbers of all forms",
      STR("\x08\x01\x31\x01\x02\x03\x04\x05\x06\x07\x08\x1d\x01\x02\x03\x04\x7a\x01\x00"), WIRE_BAD_TEXT, "text" },
    { "a tag in more bytes than it takes", STR("\xfa\x80\x80\x00\x01\x00"), WIRE_BAD_TEXT, "text" },
    { "a length in more bytes than it takes", STR("\x7a\x81\x80\x00\x00"), WIRE_BAD_TEXT, "text" },
    { "cut off in a tag", STR("\x8a"), WIRE_MALFORMED, NULL },
    { "cut off in a length", STR("\x7a\x81"), WIRE_MALFORMED, NULL },
    { "cut off in text", STR("\x7a\x05hi"), WIRE_MALFORMED, NULL },
    { "cut off in a number", STR("\x08\x81"), WIRE_MALFORMED, NULL },
    { "cut off in eight bytes", STR("\x31\x01\x02\x03\x04\x05\x06\x07"), WIRE_MALFORMED, NULL },
    { "a tag of six bytes", STR("\xfa\x80\x80\x80\x80\x00\x01h"), WIRE_MALFORMED, NULL },
    { "a number of eleven bytes", STR("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), WIRE_MALFORMED, NULL },
    { "a group", STR("\x0b\x0c"), WIRE_MALFORMED, NULL },
};

TEST_EACH(every_string_is_seen_as_it_is, messages, c)
{
    const char *field;
    CHECK(wire_check(&molva__test__every__descriptor, c->bytes, &field) == c->verdict, c->label);
    CHECK_STR(str_of(field), str_of(c->field), c->label);
}

/* What protobuf-c would have cut short. */
TEST_EACH(bad_text_is_never_decoded, messages, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    const ProtobufCMessage *message = message_unpack(arena, &molva__test__every__descriptor, c->bytes);
    CHECK((message != NULL) == (c->verdict == WIRE_OK), c->label);
}

/* `depth` messages, each in the one before. */
static Str nested(Arena *arena, int depth)
{
    Str bytes = STR("");
    for (int i = 1; i < depth; i++) {
        StrBuf out;
        strbuf_init(&out, arena);
        strbuf_add(&out, STR("\xca\x01")); /* again */
        if (bytes.len >= 0x80) strbuf_add_char(&out, (char)(bytes.len | 0x80));
        strbuf_add_char(&out, (char)(bytes.len >= 0x80 ? bytes.len >> 7 : bytes.len));
        strbuf_add(&out, bytes);
        bytes = strbuf_str(&out);
    }
    return bytes;
}

TEST(messages_lie_only_so_deep_in_each_other)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    const char *field;
    assert_int_equal(wire_check(&molva__test__every__descriptor, nested(arena, WIRE_DEPTH_MAX), &field), WIRE_OK);
    assert_int_equal(wire_check(&molva__test__every__descriptor, nested(arena, WIRE_DEPTH_MAX + 1), &field),
                     WIRE_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_string_is_seen_as_it_is),
        cmocka_unit_test(bad_text_is_never_decoded),
        cmocka_unit_test(messages_lie_only_so_deep_in_each_other),
    };
    return cmocka_run_group_tests_name("rpc/wire", tests, NULL, NULL);
}
