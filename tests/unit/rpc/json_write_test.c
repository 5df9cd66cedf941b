#include "rpc/transcode.h"

#include <float.h>
#include <math.h>

#include "api_types.h"
#include "every_type.pb-c.h"
#include "support/test.h"

typedef Molva__Test__Every Every;
typedef Molva__Test__Lists Lists;
typedef Molva__Test__Maps Maps;
typedef Molva__Test__Inner Inner;

static Str json_of(Ctx *ctx, const ProtobufCMessage *message)
{
    StrBuf out;
    strbuf_init(&out, ctx->arena);
    transcode_to_json(&out, message);
    return strbuf_str(&out);
}

static const struct {
    const char *label;
    Str text, json;
} quoted[] = {
    { "empty", STR(""), STR("\"\"") },
    { "plain", STR("plain"), STR("\"plain\"") },
    { "eight and more", STR("0123456789abcdef!"), STR("\"0123456789abcdef!\"") },
    { "quote", STR("say \"hi\""), STR("\"say \\\"hi\\\"\"") },
    { "backslash", STR("C:\\temp"), STR("\"C:\\\\temp\"") },
    { "only escapes", STR("\"\"\"\"\"\"\"\"\""), STR("\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\"") },
    { "short escapes", STR("\b\f\n\r\t"), STR("\"\\b\\f\\n\\r\\t\"") },
    { "control", STR("\x01\x1f\x0b"), STR("\"\\u0001\\u001f\\u000b\"") },
    { "NUL", STR("a\0b"), STR("\"a\\u0000b\"") },
    { "DEL and slash stand for themselves", STR("\x7f/"), STR("\"\x7f/\"") },
    { "UTF-8 stands for itself", STR("\xd0\x9c\xd0\xbe \xf0\x9f\x90\xa6"),
      STR("\"\xd0\x9c\xd0\xbe \xf0\x9f\x90\xa6\"") },
    { "escape behind UTF-8", STR("\xd0\x9c\xd0\xbe\xd0\xbb\xd0\xb2\""),
      STR("\"\xd0\x9c\xd0\xbe\xd0\xbb\xd0\xb2\\\"\"") },
};

TEST_EACH(text_is_quoted, quoted, c)
{
    StrBuf out = { 0 };
    json_quote(&out, c->text);
    CHECK_STR(strbuf_str(&out), c->json, c->label);
    strbuf_done(&out);
}

/* The scan looks at eight bytes at a time: each byte must be seen at each place among them. */
TEST(every_byte_is_escaped_or_not_wherever_it_stands)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        bool escaped = byte < 0x20 || byte == '"' || byte == '\\';
        for (size_t at = 0; at < 17; at++) {
            char text[17];
            memset(text, 'x', sizeof text);
            text[at] = (char)byte;
            StrBuf out = { 0 };
            json_quote(&out, (Str){ text, sizeof text });
            assert_true(out.ptr[at + 1] == (escaped ? '\\' : (char)byte));
            assert_true(escaped ? out.len > 19 : out.len == 19);
            assert_int_equal(json_quoted_len((Str){ text, sizeof text }), out.len);
            strbuf_done(&out);
        }
    }
}

TEST(fields_with_default_values_are_written_and_unset_ones_are_not)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    CHECK_STR(json_of(ctx, &every.base),
              STR("{\"i32\":0,\"s32\":0,\"sf32\":0,\"i64\":\"0\",\"s64\":\"0\",\"sf64\":\"0\",\"u32\":0,\"f32\":0,"
                  "\"u64\":\"0\",\"f64\":\"0\",\"single\":0,\"real\":0,\"yes\":false,\"colour\":\"COLOUR_UNSPECIFIED\","
                  "\"text\":\"\",\"data\":\"\"}"),
              "defaults");
    Lists lists = MOLVA__TEST__LISTS__INIT;
    CHECK_STR(json_of(ctx, &lists.base),
              STR("{\"numbers\":[],\"longs\":[],\"reals\":[],\"flags\":[],\"colours\":[],\"texts\":[],\"datas\":[],"
                  "\"inners\":[],\"times\":[]}"),
              "lists");
    Maps maps = MOLVA__TEST__MAPS__INIT;
    CHECK_STR(json_of(ctx, &maps.base),
              STR("{\"numbers\":{},\"inners\":{},\"by_long\":{},\"by_number\":{},\"by_flag\":{},\"times\":{}}"),
              "maps");
    LogoutRequest nothing = LOGOUT_REQUEST__INIT;
    CHECK_STR(json_of(ctx, &nothing.base), STR("{}"), "message without fields");
}

TEST(integers_reach_their_limits_and_long_ones_are_strings)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    every.i32 = every.s32 = INT32_MIN;
    every.sf32 = INT32_MAX;
    every.i64 = every.s64 = INT64_MIN;
    every.sf64 = INT64_MAX;
    every.u32 = every.f32 = UINT32_MAX;
    every.u64 = every.f64 = UINT64_MAX;
    Str json = json_of(ctx, &every.base);
    Str want = STR("{\"i32\":-2147483648,\"s32\":-2147483648,\"sf32\":2147483647,\"i64\":\"-9223372036854775808\","
                   "\"s64\":\"-9223372036854775808\",\"sf64\":\"9223372036854775807\",\"u32\":4294967295,"
                   "\"f32\":4294967295,\"u64\":\"18446744073709551615\",\"f64\":\"18446744073709551615\",");
    assert_true(str_starts_with(json, want));
}

static const struct {
    const char *label;
    double value;
    Str json;
} reals[] = {
    { "fraction", 0.1, STR("{\"numbers\":[],\"longs\":[],\"reals\":[0.1]") },
    { "integral", 3, STR("{\"numbers\":[],\"longs\":[],\"reals\":[3]") },
    { "needs 17 digits", 0.1 + 0.2, STR("{\"numbers\":[],\"longs\":[],\"reals\":[0.30000000000000004]") },
    { "largest", DBL_MAX, STR("{\"numbers\":[],\"longs\":[],\"reals\":[1.7976931348623157e+308]") },
    { "smallest", 5e-324, STR("{\"numbers\":[],\"longs\":[],\"reals\":[4.94065645841247e-324]") },
    { "minus zero", -0.0, STR("{\"numbers\":[],\"longs\":[],\"reals\":[-0.0]") },
    { "infinity", INFINITY, STR("{\"numbers\":[],\"longs\":[],\"reals\":[\"Infinity\"]") },
    { "minus infinity", -INFINITY, STR("{\"numbers\":[],\"longs\":[],\"reals\":[\"-Infinity\"]") },
    { "not a number", NAN, STR("{\"numbers\":[],\"longs\":[],\"reals\":[\"NaN\"]") },
};

TEST_EACH(real_numbers_take_the_digits_they_need, reals, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Lists lists = MOLVA__TEST__LISTS__INIT;
    double value = c->value;
    lists.reals = &value;
    lists.n_reals = 1;
    CHECK_STR(str_starts_with(json_of(ctx, &lists.base), c->json) ? c->json : json_of(ctx, &lists.base), c->json,
              c->label);
}

TEST(a_float_takes_the_digits_of_a_float)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    every.single = 0.1f;
    assert_non_null(strstr(str_cstr(ctx->arena, json_of(ctx, &every.base)), "\"single\":0.1,"));
}

TEST(an_enum_is_its_name_or_a_number_without_one)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Molva__Test__Colour colours[] = { MOLVA__TEST__COLOUR__GREEN, MOLVA__TEST__COLOUR__INFRARED, 77 };
    Lists lists = MOLVA__TEST__LISTS__INIT;
    lists.colours = colours;
    lists.n_colours = 3;
    assert_non_null(strstr(str_cstr(ctx->arena, json_of(ctx, &lists.base)), "\"colours\":[\"GREEN\",\"INFRARED\",77]"));
}

TEST(lists_and_what_they_hold_are_written)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Inner first = MOLVA__TEST__INNER__INIT, second = MOLVA__TEST__INNER__INIT;
    second.name = "b";
    second.number = 2;
    uint8_t bytes[] = { 0xff, 0xfe, 0x00, 0x3e };
    Lists lists = MOLVA__TEST__LISTS__INIT;
    lists.numbers = (uint32_t[]){ 1, 2, 3 };
    lists.n_numbers = 3;
    lists.longs = (int64_t[]){ -1, 1 };
    lists.n_longs = 2;
    lists.flags = (protobuf_c_boolean[]){ 1, 0 };
    lists.n_flags = 2;
    lists.texts = (char *[]){ "x", "", "\"" };
    lists.n_texts = 3;
    lists.datas = (ProtobufCBinaryData[]){ { 0, NULL }, { 1, bytes }, { 4, bytes } };
    lists.n_datas = 3;
    lists.inners = (Inner *[]){ &first, &second };
    lists.n_inners = 2;
    lists.times = (Google__Protobuf__Timestamp *[]){ timestamp_new(ctx->arena, 1750000000123) };
    lists.n_times = 1;
    CHECK_STR(json_of(ctx, &lists.base),
              STR("{\"numbers\":[1,2,3],\"longs\":[\"-1\",\"1\"],\"reals\":[],\"flags\":[true,false],\"colours\":[],"
                  "\"texts\":[\"x\",\"\",\"\\\"\"],\"datas\":[\"\",\"/w==\",\"//4APg==\"],"
                  "\"inners\":[{\"name\":\"\",\"number\":0},{\"name\":\"b\",\"number\":2}],"
                  "\"times\":[\"2025-06-15T15:06:40.123Z\"]}"),
              "lists");
}

TEST(maps_are_objects_with_strings_for_keys)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Molva__Test__Maps__NumbersEntry one = MOLVA__TEST__MAPS__NUMBERS_ENTRY__INIT, two = one;
    one.key = "one \"quoted\"";
    one.value = 1;
    two.key = "two";
    two.value = 2;
    Molva__Test__Maps__InnersEntry bare = MOLVA__TEST__MAPS__INNERS_ENTRY__INIT;
    bare.key = "without a value";
    Molva__Test__Maps__ByLongEntry by_long = MOLVA__TEST__MAPS__BY_LONG_ENTRY__INIT;
    by_long.key = -7;
    by_long.value = "minus seven";
    Molva__Test__Maps__ByNumberEntry by_number = MOLVA__TEST__MAPS__BY_NUMBER_ENTRY__INIT;
    by_number.key = 7;
    Molva__Test__Maps__ByFlagEntry by_flag = MOLVA__TEST__MAPS__BY_FLAG_ENTRY__INIT;
    by_flag.key = 1;
    Maps maps = MOLVA__TEST__MAPS__INIT;
    maps.numbers = (Molva__Test__Maps__NumbersEntry *[]){ &one, &two };
    maps.n_numbers = 2;
    maps.inners = (Molva__Test__Maps__InnersEntry *[]){ &bare };
    maps.by_long = (Molva__Test__Maps__ByLongEntry *[]){ &by_long };
    maps.by_number = (Molva__Test__Maps__ByNumberEntry *[]){ &by_number };
    maps.by_flag = (Molva__Test__Maps__ByFlagEntry *[]){ &by_flag };
    maps.n_inners = maps.n_by_long = maps.n_by_number = maps.n_by_flag = 1;
    CHECK_STR(json_of(ctx, &maps.base),
              STR("{\"numbers\":{\"one \\\"quoted\\\"\":1,\"two\":2},\"inners\":{\"without a value\":{}},"
                  "\"by_long\":{\"-7\":\"minus seven\"},\"by_number\":{\"7\":\"\"},"
                  "\"by_flag\":{\"true\":\"COLOUR_UNSPECIFIED\"},\"times\":{}}"),
              "maps");
}

TEST(of_a_oneof_the_set_field_is_written_even_when_it_is_a_default)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    every.choice_case = MOLVA__TEST__EVERY__CHOICE_COUNT;
    every.count = 0;
    every._maybe_text_case = MOLVA__TEST__EVERY___MAYBE_TEXT_MAYBE_TEXT;
    every.maybe_text = "";
    char *json = str_cstr(ctx->arena, json_of(ctx, &every.base));
    assert_non_null(strstr(json, "\"data\":\"\",\"count\":\"0\",\"maybe_text\":\"\"}"));
}

TEST(a_message_of_the_contract_looks_as_documented)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Message message = MESSAGE__INIT;
    message.id = "0197a2f0-0000-7000-8000-000000000001";
    message.seq = 61;
    message.rev = 88;
    message.text = "hi";
    message.created_at = timestamp_new(ctx->arena, 1750000000000);
    SendResponse response = SEND_RESPONSE__INIT;
    response.message = &message;
    CHECK_STR(json_of(ctx, &response.base),
              STR("{\"message\":{\"id\":\"0197a2f0-0000-7000-8000-000000000001\",\"conversation_id\":\"\",\"seq\":61,"
                  "\"rev\":88,\"sender_id\":\"\",\"client_id\":\"\",\"text\":\"hi\","
                  "\"created_at\":\"2025-06-15T15:06:40.000Z\"},\"duplicate\":false}"),
              "message.Send");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_quoted),
        cmocka_unit_test(every_byte_is_escaped_or_not_wherever_it_stands),
        cmocka_unit_test(fields_with_default_values_are_written_and_unset_ones_are_not),
        cmocka_unit_test(integers_reach_their_limits_and_long_ones_are_strings),
        cmocka_unit_test(real_numbers_take_the_digits_they_need),
        cmocka_unit_test(a_float_takes_the_digits_of_a_float),
        cmocka_unit_test(an_enum_is_its_name_or_a_number_without_one),
        cmocka_unit_test(lists_and_what_they_hold_are_written),
        cmocka_unit_test(maps_are_objects_with_strings_for_keys),
        cmocka_unit_test(of_a_oneof_the_set_field_is_written_even_when_it_is_a_default),
        cmocka_unit_test(a_message_of_the_contract_looks_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
