#include "rpc/transcode.h"

#include "base/limits.h"
#include "every_type.pb-c.h"
#include "support/test.h"

typedef Molva__Test__Every Every;
typedef Molva__Test__Lists Lists;
typedef Molva__Test__Maps Maps;

/* Parses and reads; the message lives in ctx->arena. */
static Err read_as(Ctx *ctx, const ProtobufCMessageDescriptor *descriptor, Str text, ProtobufCMessage **out_message)
{
    json_t *json;
    Err err = json_parse_object(ctx, text, &json);
    if (err) return err;
    *out_message = message_new(ctx->arena, descriptor);
    err = transcode_from_json(ctx, json, NULL, *out_message);
    json_decref(json);
    return err;
}

/* What must be read. */
__attribute__((returns_nonnull)) static Every *every_of(Ctx *ctx, Str text)
{
    ProtobufCMessage *message = NULL;
    CHECK_ERR(read_as(ctx, &molva__test__every__descriptor, text, &message), OK, text.ptr);
    return (Every *)message;
}

static Str json_of(Ctx *ctx, const ProtobufCMessage *message)
{
    StrBuf out;
    strbuf_init(&out, ctx->arena);
    transcode_to_json(&out, message);
    return strbuf_str(&out);
}

static const struct {
    const char *label;
    Str text;
    const char *want; /* NULL: accepted */
} texts[] = {
    { "empty object", STR("{}"), NULL },
    { "empty text", STR(""), NULL },
    { "white space around it", STR(" \r\n\t{ } \n"), NULL },
    { "only white space", STR("  "), "JSON: line 1, column 2: it ends too early" },
    { "array", STR("[]"), "JSON: must be an object" },
    { "string", STR("\"x\""), "JSON: line 1, column 3: syntax error" },
    { "cut off", STR("{\"a\":"), "JSON: line 1, column 5: it ends too early" },
    { "something behind", STR("{} {}"), "JSON: line 1, column 4: something follows its end" },
    { "NUL behind", STR("{}\0"), "JSON: line 1, column 3: something follows its end" },
    { "comma too many", STR("{\"a\":1,}"), "JSON: line 1, column 8: syntax error" },
    { "single quotes", STR("{'a':1}"), "JSON: line 1, column 2: syntax error" },
    { "comment", STR("{/* */}"), "JSON: line 1, column 2: syntax error" },
    { "duplicate name", STR("{\"a\":1,\"b\":2,\"a\":3}"),
      "JSON: line 1, column 16: a name stands twice in one object" },
    { "duplicate by escape", STR("{\"a\":1,\"\\u0061\":3}"),
      "JSON: line 1, column 15: a name stands twice in one object" },
    { "duplicate inside", STR("{\"o\":{\"a\":1,\"a\":3}}"),
      "JSON: line 1, column 15: a name stands twice in one object" },
    { "line is told", STR("{\n\"a\":1,\n]"), "JSON: line 3, column 1: syntax error" },
    { "invalid UTF-8", STR("{\"a\":\"\xff\"}"), "JSON: line 1, column 6: invalid UTF-8" },
    { "overlong UTF-8", STR("{\"a\":\"\xc0\xaf\"}"), "JSON: line 1, column 6: invalid UTF-8" },
    { "surrogate in UTF-8", STR("{\"a\":\"\xed\xa0\x80\"}"), "JSON: line 1, column 6: invalid UTF-8" },
    { "invalid UTF-8 in a name", STR("{\"\xff\":1}"), "JSON: line 1, column 2: invalid UTF-8" },
    { "byte order mark", STR("\xef\xbb\xbf{}"), "JSON: line 1, column 1: syntax error" },
    { "U+0000 by escape", STR("{\"a\":\"x\\u0000y\"}"), NULL }, /* who takes the string refuses it */
    { "U+0000 in a name", STR("{\"a\\u0000\":1}"), "JSON: line 1, column 10: U+0000 is not allowed" },
    { "raw NUL in a string", STR("{\"a\":\"x\0y\"}"), "JSON: line 1, column 7: syntax error" },
    { "raw newline in a string", STR("{\"a\":\"x\ny\"}"), "JSON: line 1, column 7: syntax error" },
    { "lone high surrogate", STR("{\"a\":\"\\ud83d\"}"), "JSON: line 1, column 13: syntax error" },
    { "lone low surrogate", STR("{\"a\":\"\\udc26\"}"), "JSON: line 1, column 13: syntax error" },
    { "surrogates in the wrong order", STR("{\"a\":\"\\udc26\\ud83d\"}"), "JSON: line 1, column 19: syntax error" },
    { "unknown escape", STR("{\"a\":\"\\x41\"}"), "JSON: line 1, column 8: syntax error" },
    { "NaN", STR("{\"a\":NaN}"), "JSON: line 1, column 8: syntax error" },
    { "Infinity", STR("{\"a\":Infinity}"), "JSON: line 1, column 13: syntax error" },
    { "real over the largest", STR("{\"a\":1e400}"), "JSON: line 1, column 10: a number is too large" },
    { "integer over 64 bits", STR("{\"a\":9223372036854775808}"), "JSON: line 1, column 24: a number is too large" },
    { "leading zero", STR("{\"a\":01}"), "JSON: line 1, column 6: syntax error" },
    { "plus sign", STR("{\"a\":+1}"), "JSON: line 1, column 6: syntax error" },
    { "hex", STR("{\"a\":0x10}"), "JSON: line 1, column 7: syntax error" },
};

TEST_EACH(a_text_is_one_json_object_or_refused, texts, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    json_t *json = NULL;
    CHECK_ERR(json_parse_object(ctx, c->text, &json), c->want ? ERR_INVALID : OK, c->label);
    CHECK(json ? json_is_object(json) : ctx->err_text != NULL, c->label);
    if (c->want) CHECK_STR(str_of(ctx->err_text), str_of(c->want), c->label);
    json_decref(json);
}

TEST(a_refusal_does_not_repeat_what_was_sent)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    json_t *json;
    ProtobufCMessage *message = NULL;
    CHECK_ERR(json_parse_object(ctx, STR("{\"password\":\"correct horse\" battery}"), &json), ERR_INVALID, "syntax");
    assert_null(strstr(ctx->err_text, "battery"));
    CHECK_ERR(read_as(ctx, &molva__test__every__descriptor, STR("{\"u32\":\"secret\"}"), &message), ERR_INVALID,
              "value");
    assert_null(strstr(ctx->err_text, "secret"));
}

/* {"again":{"again": ... {} ...}}, or the same with lists. */
static Str nested(Arena *arena, unsigned levels, const char *open, const char *close)
{
    StrBuf out;
    strbuf_init(&out, arena);
    for (unsigned i = 1; i < levels; i++) strbuf_add(&out, str_of(open));
    strbuf_add(&out, STR("{}"));
    for (unsigned i = 1; i < levels; i++) strbuf_add(&out, str_of(close));
    return strbuf_str(&out);
}

TEST(nesting_is_accepted_up_to_its_limit)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ProtobufCMessage *message = NULL;
    json_t *json;
    Str deepest = nested(ctx->arena, RPC_JSON_DEPTH_MAX, "{\"again\":", "}");
    CHECK_ERR(read_as(ctx, &molva__test__every__descriptor, deepest, &message), OK, "at the limit");
    Str deeper = nested(ctx->arena, RPC_JSON_DEPTH_MAX + 1, "{\"again\":", "}");
    CHECK_ERR(read_as(ctx, &molva__test__every__descriptor, deeper, &message), ERR_INVALID, "over the limit");
    assert_string_equal(ctx->err_text, "JSON: nested deeper than 16 levels");
    CHECK_ERR(json_parse_object(ctx, nested(ctx->arena, 30000, "[", "]"), &json), ERR_INVALID, "far over the limit");
    assert_string_equal(ctx->err_text, "JSON: nested deeper than 16 levels");
    CHECK_ERR(json_parse_object(ctx, nested(ctx->arena, 30000, "{\"a\":", "}"), &json), ERR_INVALID, "objects");
    assert_string_equal(ctx->err_text, "JSON: nested deeper than 16 levels");
}

/* {"a":[{},{},...]} */
static Str with_values(Arena *arena, const char *value, unsigned n)
{
    StrBuf out;
    strbuf_init(&out, arena);
    strbuf_add(&out, STR("{\"a\":["));
    for (unsigned i = 0; i < n; i++) strbuf_fmt(&out, "%s%s", i ? "," : "", value);
    strbuf_add(&out, STR("]}"));
    return strbuf_str(&out);
}

static const struct {
    const char *label, *value;
    unsigned brackets; /* in each */
} crowds[] = {
    { "numbers", "1", 0 },
    { "texts with commas and brackets in them", "\",{,[\\\",\"", 0 },
    { "objects", "{}", 1 },
    { "lists in lists", "[[]]", 2 },
};
TEST_EACH(an_object_may_have_so_many_values, crowds, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    json_t *json;
    unsigned most = (RPC_JSON_VALUES_MAX - 2) / (1 + c->brackets); /* besides the object and the list */
    CHECK_ERR(json_parse_object(ctx, with_values(ctx->arena, c->value, most), &json), OK, c->label);
    json_decref(json);
    CHECK_ERR(json_parse_object(ctx, with_values(ctx->arena, c->value, most + 1), &json), ERR_INVALID, c->label);
    assert_string_equal(ctx->err_text, "JSON: more than 2048 values");
}

TEST(brackets_in_strings_are_no_nesting)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ProtobufCMessage *message = NULL;
    CHECK_ERR(read_as(ctx, &molva__test__every__descriptor, STR("{\"text\":\"[[[[[[[[[[\\\"[[[[[[[[[[{{{{{{{{{\\\\\"}"),
                      &message),
              OK, "brackets and escapes");
}

/* What every field takes. `json` is read and must come out as `want`; NULL: refused with `why`. */
static const struct {
    const char *label;
    const char *field, *value;
    const char *want; /* of the field; NULL: refused */
    const char *why;
} values[] = {
    { "int32", "i32", "-5", "-5", NULL },
    { "int32, lowest", "i32", "-2147483648", "-2147483648", NULL },
    { "int32, highest", "i32", "2147483647", "2147483647", NULL },
    { "int32, too low", "i32", "-2147483649", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, too high", "i32", "2147483648", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, as string", "i32", "\"-17\"", "-17", NULL },
    { "int32, string with space", "i32", "\" 17\"", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, empty string", "i32", "\"\"", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, only a sign", "i32", "\"-\"", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, plus sign", "i32", "\"+1\"", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, hex", "i32", "\"0x1f\"", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, fraction", "i32", "1.5", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, integral fraction", "i32", "100.0", "100", NULL },
    { "int32, exponent", "i32", "1e5", "100000", NULL },
    { "int32, large exponent", "i32", "1e300", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, bool", "i32", "true", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, list", "i32", "[1]", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, object", "i32", "{}", NULL, "i32: must be an integer from -2147483648 to 2147483647" },
    { "int32, null", "i32", "null", "0", NULL },
    { "sint32", "s32", "-2147483648", "-2147483648", NULL },
    { "sint32, too high", "s32", "2147483648", NULL, "s32: must be an integer from -2147483648 to 2147483647" },
    { "sfixed32", "sf32", "2147483647", "2147483647", NULL },
    { "sfixed32, too low", "sf32", "-2147483649", NULL, "sf32: must be an integer from -2147483648 to 2147483647" },
    { "uint32", "u32", "4294967295", "4294967295", NULL },
    { "uint32, too high", "u32", "4294967296", NULL, "u32: must be an integer from 0 to 4294967295" },
    { "uint32, negative", "u32", "-1", NULL, "u32: must be an integer from 0 to 4294967295" },
    { "uint32, minus zero", "u32", "-0", "0", NULL },
    { "uint32, over 64 bits as string", "u32", "\"18446744073709551616\"", NULL,
      "u32: must be an integer from 0 to 4294967295" },
    { "fixed32", "f32", "4294967295", "4294967295", NULL },
    { "fixed32, negative", "f32", "-1", NULL, "f32: must be an integer from 0 to 4294967295" },
    { "int64, lowest", "i64", "\"-9223372036854775808\"", "\"-9223372036854775808\"", NULL },
    { "int64, highest", "i64", "\"9223372036854775807\"", "\"9223372036854775807\"", NULL },
    { "int64, as number", "i64", "9223372036854775807", "\"9223372036854775807\"", NULL },
    { "int64, beyond what a double holds", "i64", "9007199254740993", "\"9007199254740993\"", NULL },
    { "int64, inexact real", "i64", "9007199254740994.0", NULL,
      "i64: must be an integer from -9223372036854775808 to 9223372036854775807" },
    { "int64, too low", "i64", "\"-9223372036854775809\"", NULL,
      "i64: must be an integer from -9223372036854775808 to 9223372036854775807" },
    { "int64, too high", "i64", "\"9223372036854775808\"", NULL,
      "i64: must be an integer from -9223372036854775808 to 9223372036854775807" },
    { "sint64", "s64", "\"-9223372036854775808\"", "\"-9223372036854775808\"", NULL },
    { "sfixed64", "sf64", "\"-1\"", "\"-1\"", NULL },
    { "uint64, highest", "u64", "\"18446744073709551615\"", "\"18446744073709551615\"", NULL },
    { "uint64, too high", "u64", "\"18446744073709551616\"", NULL,
      "u64: must be an integer from 0 to 18446744073709551615" },
    { "uint64, negative", "u64", "\"-1\"", NULL, "u64: must be an integer from 0 to 18446744073709551615" },
    { "fixed64", "f64", "7", "\"7\"", NULL },
    { "float", "single", "0.1", "0.1", NULL },
    { "float, too large", "single", "1e39", NULL, "single: must be a number" },
    { "float, integer", "single", "3", "3", NULL },
    { "double", "real", "0.30000000000000004", "0.30000000000000004", NULL },
    { "double, integer", "real", "-3", "-3", NULL },
    { "double, largest", "real", "1.7976931348623157e308", "1.7976931348623157e+308", NULL },
    { "double, as string", "real", "\"2.5\"", "2.5", NULL },
    { "double, NaN", "real", "\"NaN\"", NULL, "real: must be a number" },
    { "double, infinity", "real", "\"Infinity\"", NULL, "real: must be a number" },
    { "double, string over the largest", "real", "\"1e400\"", NULL, "real: must be a number" },
    { "double, string with space", "real", "\"1 \"", NULL, "real: must be a number" },
    { "double, hex string", "real", "\"0x1p3\"", NULL, "real: must be a number" },
    { "double, list in a string", "real", "\"[1]\"", NULL, "real: must be a number" },
    { "double, NUL in a string", "real", "\"1\\u0000\"", NULL, "real: must be a number" },
    { "int64, NUL in a string", "i64", "\"1\\u0000\"", NULL,
      "i64: must be an integer from -9223372036854775808 to 9223372036854775807" },
    { "string, NUL", "text", "\"a\\u0000b\"", NULL, "text: must be a string of valid UTF-8 without U+0000" },
    { "string, NUL at its end", "text", "\"a\\u0000\"", NULL, "text: must be a string of valid UTF-8 without U+0000" },
    { "optional string, NUL", "maybe_text", "\"\\u0000\"", NULL,
      "maybe_text: must be a string of valid UTF-8 without U+0000" },
    { "bytes, NUL", "data", "\"YQ\\u0000\"", NULL, "data: must be a string in base64" },
    { "time, NUL behind", "at", "\"2025-06-15T15:06:40Z\\u0000\"", NULL,
      "at: must be a time such as \"2026-11-22T12:00:00Z\"" },
    { "bool", "yes", "true", "true", NULL },
    { "bool, false", "yes", "false", "false", NULL },
    { "bool, number", "yes", "1", NULL, "yes: must be true or false" },
    { "bool, string", "yes", "\"true\"", NULL, "yes: must be true or false" },
    { "enum, name", "colour", "\"GREEN\"", "\"GREEN\"", NULL },
    { "enum, number", "colour", "2", NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "enum, 0", "colour", "0", NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "enum, unknown name", "colour", "\"PINK\"", NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "enum, NUL behind its name", "colour", "\"GREEN\\u0000\"", NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "enum, wrong case", "colour", "\"green\"", NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "enum, number in a string", "colour", "\"2\"", NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "string", "text", "\"\\u041c\\ud83d\\udc26 \\\"\"", "\"\xd0\x9c\xf0\x9f\x90\xa6 \\\"\"", NULL },
    { "string, number", "text", "1", NULL, "text: must be a string of valid UTF-8 without U+0000" },
    { "string, null", "text", "null", "\"\"", NULL },
    { "bytes", "data", "\"//4APg==\"", "\"//4APg==\"", NULL },
    { "bytes, without padding", "data", "\"//4APg\"", "\"//4APg==\"", NULL },
    { "bytes, URL alphabet", "data", "\"__4APg\"", "\"//4APg==\"", NULL },
    { "bytes, URL alphabet, minus sign", "data", "\"-_8\"", "\"+/8=\"", NULL },
    { "bytes, URL alphabet with padding", "data", "\"__4APg==\"", "\"//4APg==\"", NULL },
    { "bytes, empty", "data", "\"\"", "\"\"", NULL },
    { "bytes, padding too short", "data", "\"//4APg=\"", NULL, "data: must be a string in base64" },
    { "bytes, only padding", "data", "\"====\"", NULL, "data: must be a string in base64" },
    { "bytes, one character", "data", "\"/\"", NULL, "data: must be a string in base64" },
    { "bytes, bits left over", "data", "\"//4APh\"", NULL, "data: must be a string in base64" },
    { "bytes, space", "data", "\"//4A Pg==\"", NULL, "data: must be a string in base64" },
    { "bytes, foreign character", "data", "\"//4!\"", NULL, "data: must be a string in base64" },
    { "bytes, number", "data", "12", NULL, "data: must be a string in base64" },
    { "message", "inner", "{\"name\":\"n\",\"number\":1}", "{\"name\":\"n\",\"number\":1}", NULL },
    { "message, empty", "inner", "{}", "{\"name\":\"\",\"number\":0}", NULL },
    { "message, string", "inner", "\"x\"", NULL, "inner: must be an object" },
    { "message, list", "inner", "[]", NULL, "inner: must be an object" },
    { "message, field inside", "inner", "{\"number\":-1}", NULL,
      "inner.number: must be an integer from 0 to 4294967295" },
    { "time", "at", "\"2025-06-15T17:06:40.123456+02:00\"", "\"2025-06-15T15:06:40.123Z\"", NULL },
    { "time, number", "at", "1750000000", NULL, "at: must be a time such as \"2026-11-22T12:00:00Z\"" },
    { "time, no time", "at", "\"yesterday\"", NULL, "at: must be a time such as \"2026-11-22T12:00:00Z\"" },
    { "struct", "any", "{}", NULL, "any: is not accepted here" },
    { "oneof", "word", "\"w\"", "\"w\"", NULL },
    { "oneof, 64 bit", "count", "\"5\"", "\"5\"", NULL },
    { "oneof, message", "thing", "{}", "{\"name\":\"\",\"number\":0}", NULL },
    { "optional, default value", "maybe_number", "0", "0", NULL },
    { "optional, empty string", "maybe_text", "\"\"", "\"\"", NULL },
    { "optional, wrong type", "maybe_text", "0", NULL, "maybe_text: must be a string of valid UTF-8 without U+0000" },
    { "unknown field", "nothing", "0", NULL, "nothing: there is no such field" },
    { "camel case", "maybeText", "\"\"", NULL, "maybeText: there is no such field" },
    { "empty name", "", "0", NULL, ": there is no such field" },
    { "unknown field that is null", "nothing", "null", NULL, "nothing: there is no such field" },
};

/* The value of one field in the JSON of `every`, up to the next field. */
static bool has_field(const char *json, const char *field, const char *value, Arena *arena)
{
    Str end = str_fmt(arena, "\"%s\":%s}", field, value), middle = str_fmt(arena, "\"%s\":%s,", field, value);
    return strstr(json, end.ptr) || strstr(json, middle.ptr);
}

TEST_EACH(a_field_takes_what_the_json_mapping_says, values, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ProtobufCMessage *message = NULL;
    Str text = str_fmt(ctx->arena, "{\"%s\":%s}", c->field, c->value);
    CHECK_ERR(read_as(ctx, &molva__test__every__descriptor, text, &message), c->want ? OK : ERR_INVALID, c->label);
    if (c->want)
        CHECK(has_field(str_cstr(ctx->arena, json_of(ctx, message)), c->field, c->want, ctx->arena), c->label);
    else
        CHECK_STR(str_of(ctx->err_text), str_of(c->why), c->label);
}

static const struct {
    const char *label;
    Str json;
    const char *why; /* NULL: accepted */
} shapes[] = {
    { "lists",
      STR("{\"numbers\":[1,2],\"longs\":[\"-1\"],\"reals\":[0.5],\"flags\":[true,false],\"colours\":[\"RED\"],"
          "\"texts\":[\"a\",\"\"],\"datas\":[\"AAE=\"],\"inners\":[{\"name\":\"x\",\"number\":0}],"
          "\"times\":[\"2025-06-15T15:06:40.000Z\"]}"),
      NULL },
    { "null list", STR("{\"numbers\":null}"), NULL },
    { "empty list", STR("{\"numbers\":[]}"), NULL },
    { "no list", STR("{\"numbers\":1}"), "numbers: must be a list" },
    { "object for a list", STR("{\"texts\":{}}"), "texts: must be a list" },
    { "null in a list", STR("{\"texts\":[\"a\",null]}"), "texts[1]: must be a string of valid UTF-8 without U+0000" },
    { "null among messages", STR("{\"inners\":[null]}"), "inners[0]: must be an object" },
    { "list in a list", STR("{\"numbers\":[1,[2]]}"), "numbers[1]: must be an integer from 0 to 4294967295" },
    { "wrong element", STR("{\"numbers\":[1,2,-3]}"), "numbers[2]: must be an integer from 0 to 4294967295" },
    { "wrong field of an element", STR("{\"inners\":[{},{\"name\":7}]}"),
      "inners[1].name: must be a string of valid UTF-8 without U+0000" },
    { "unknown field of an element", STR("{\"inners\":[{},{},{\"role\":7}]}"),
      "inners[2].role: there is no such field" },
};

TEST_EACH(lists_are_read_element_by_element, shapes, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ProtobufCMessage *message = NULL;
    CHECK_ERR(read_as(ctx, &molva__test__lists__descriptor, c->json, &message), c->why ? ERR_INVALID : OK, c->label);
    if (c->why) CHECK_STR(str_of(ctx->err_text), str_of(c->why), c->label);
    if (!c->why && c->json.len > 30) CHECK_STR(json_of(ctx, message), c->json, c->label);
}

static const struct {
    const char *label;
    Str json;
    const char *why; /* NULL: accepted, and written as it was read */
} maps[] = {
    { "all kinds",
      STR("{\"numbers\":{\"a\":1,\"\":2},\"inners\":{\"x\":{\"name\":\"n\",\"number\":5}},"
          "\"by_long\":{\"-9223372036854775808\":\"low\"},\"by_number\":{\"4294967295\":\"high\"},"
          "\"by_flag\":{\"true\":\"RED\",\"false\":\"GREEN\"},"
          "\"times\":{\"t\":\"2025-06-15T15:06:40.000Z\"}}"),
      NULL },
    { "list for a map", STR("{\"numbers\":[]}"), "numbers: must be an object" },
    { "null value", STR("{\"numbers\":{\"a\":null}}"), "numbers[\"a\"]: must be an integer from 0 to 4294967295" },
    { "wrong value", STR("{\"numbers\":{\"a\":\"x\"}}"), "numbers[\"a\"]: must be an integer from 0 to 4294967295" },
    { "wrong field of a value", STR("{\"inners\":{\"a\":{\"number\":\"x\"}}}"),
      "inners[\"a\"].number: must be an integer from 0 to 4294967295" },
    { "wrong number for a key", STR("{\"by_number\":{\"-1\":\"\"}}"),
      "by_number[\"-1\"]: must be an integer from 0 to 4294967295" },
    { "wrong flag for a key", STR("{\"by_flag\":{\"yes\":\"RED\"}}"), "by_flag[\"yes\"]: must be true or false" },
};

TEST_EACH(maps_are_read_key_by_key, maps, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ProtobufCMessage *message = NULL;
    CHECK_ERR(read_as(ctx, &molva__test__maps__descriptor, c->json, &message), c->why ? ERR_INVALID : OK, c->label);
    if (c->why) CHECK_STR(str_of(ctx->err_text), str_of(c->why), c->label);
    if (!c->why) CHECK_STR(json_of(ctx, message), c->json, c->label);
}

TEST(only_one_field_of_a_oneof_may_be_set)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ProtobufCMessage *message = NULL;
    const ProtobufCMessageDescriptor *every = &molva__test__every__descriptor;
    CHECK_ERR(read_as(ctx, every, STR("{\"word\":\"\",\"count\":1}"), &message), ERR_INVALID, "two");
    assert_string_equal(ctx->err_text, "count: excludes another field that is set");
    Every *one = every_of(ctx, STR("{\"word\":null,\"count\":1,\"thing\":null}"));
    assert_int_equal(one->choice_case, MOLVA__TEST__EVERY__CHOICE_COUNT);
    CHECK_ERR(read_as(ctx, every, STR("{\"maybe_number\":0,\"maybe_text\":\"\"}"), &message), OK, "two optional ones");
}

TEST(absent_and_null_optional_fields_stay_unset)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every *every = every_of(ctx, STR("{\"maybe_text\":null}"));
    assert_int_equal(every->_maybe_text_case, 0);
    assert_int_equal(every->_maybe_number_case, 0);
    assert_null(every->inner);
}

TEST(skipped_fields_are_passed_over_at_the_top_only)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    const char *const skip[] = { "type", "text", NULL };
    json_t *json;
    CHECK_ERR(json_parse_object(ctx, STR("{\"type\":\"hello\",\"text\":1,\"u32\":7}"), &json), OK, "parse");
    CHECK_ERR(transcode_from_json(ctx, json, skip, &every.base), OK, "skipped");
    json_decref(json);
    assert_int_equal(every.u32, 7);
    assert_string_equal(every.text, "");

    CHECK_ERR(json_parse_object(ctx, STR("{\"inner\":{\"type\":\"hello\"}}"), &json), OK, "parse");
    CHECK_ERR(transcode_from_json(ctx, json, skip, &every.base), ERR_INVALID, "deeper");
    json_decref(json);
}

TEST(what_was_read_outlives_the_json)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    /* read_as() has released the JSON when this returns; the sanitizers watch. */
    Every *every = every_of(ctx, STR("{\"text\":\"kept\",\"inner\":{\"name\":\"too\"}}"));
    assert_string_equal(every->text, "kept");
    assert_string_equal(every->inner->name, "too");
}

TEST(a_long_foreign_name_is_cut_between_characters)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ProtobufCMessage *message = NULL;
    StrBuf text;
    strbuf_init(&text, ctx->arena);
    strbuf_add(&text, STR("{\"x"));
    for (int i = 0; i < 500; i++) strbuf_add(&text, STR("\xd0\x9c"));
    strbuf_add(&text, STR("\":1}"));
    CHECK_ERR(read_as(ctx, &molva__test__every__descriptor, strbuf_str(&text), &message), ERR_INVALID, "unknown");
    assert_true(utf8_valid(str_of(ctx->err_text)));
    assert_true(strlen(ctx->err_text) < 120);
}

TEST(a_top_level_that_is_no_object_is_refused)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    json_t *json = json_string("x");
    CHECK_ERR(transcode_from_json(ctx, json, NULL, &every.base), ERR_INVALID, "string");
    assert_string_equal(ctx->err_text, "the request must be an object");
    CHECK_ERR(transcode_from_json(ctx, NULL, NULL, &every.base), ERR_INVALID, "nothing");
    json_decref(json);
}

static const struct {
    const char *label;
    Str name, text;
    const char *want; /* in the JSON of the message; NULL: refused */
    const char *why;
} parameters[] = {
    { "string", STR("text"), STR("a b"), "\"text\":\"a b\"", NULL },
    { "string, empty", STR("text"), STR(""), "\"text\":\"\"", NULL },
    { "string, NUL", STR("text"), STR("a\0b"), NULL, "text: must be a string of valid UTF-8 without U+0000" },
    { "string, invalid UTF-8", STR("text"), STR("\xff"), NULL, "text: must be a string of valid UTF-8 without U+0000" },
    { "number", STR("u32"), STR("12"), "\"u32\":12", NULL },
    { "number, empty", STR("u32"), STR(""), NULL, "u32: must be an integer from 0 to 4294967295" },
    { "number, fraction", STR("u32"), STR("1.0"), NULL, "u32: must be an integer from 0 to 4294967295" },
    { "number, negative", STR("i64"), STR("-12"), "\"i64\":\"-12\"", NULL },
    { "real", STR("real"), STR("-1.5e3"), "\"real\":-1500", NULL },
    { "real, integer", STR("real"), STR("3"), "\"real\":3", NULL },
    { "bool", STR("yes"), STR("true"), "\"yes\":true", NULL },
    { "bool, number", STR("yes"), STR("1"), NULL, "yes: must be true or false" },
    { "enum", STR("colour"), STR("RED"), "\"colour\":\"RED\"", NULL },
    { "enum, number", STR("colour"), STR("1"), NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "enum, unknown", STR("colour"), STR("PINK"), NULL, "colour: must be one of INFRARED, RED, GREEN" },
    { "time", STR("at"), STR("2025-06-15T15:06:40Z"), "\"at\":\"2025-06-15T15:06:40.000Z\"", NULL },
    { "time, no time", STR("at"), STR("now"), NULL, "at: must be a time in RFC 3339" },
    { "optional", STR("maybe_number"), STR("0"), "\"maybe_number\":0", NULL },
    { "message", STR("inner"), STR("{}"), NULL, "inner: cannot stand in a path or query" },
    { "unknown", STR("nope"), STR("1"), NULL, "nope: there is no such parameter" },
    { "name with a NUL", STR("u32\0x"), STR("1"), NULL, "u32: there is no such parameter" },
    { "name cut short", STR("u3"), STR("1"), NULL, "u3: there is no such parameter" },
};

TEST_EACH(a_parameter_sets_the_field_of_its_name, parameters, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    CHECK_ERR(transcode_set_field(ctx, &every.base, c->name, c->text), c->want ? OK : ERR_INVALID, c->label);
    if (c->want)
        CHECK(strstr(str_cstr(ctx->arena, json_of(ctx, &every.base)), c->want), c->label);
    else
        CHECK_STR(str_of(ctx->err_text), str_of(c->why), c->label);
}

static const struct {
    const char *label;
    Str name, first, second;
} twice[] = {
    { "string", STR("text"), STR("a"), STR("b") },
    { "same string", STR("text"), STR("a"), STR("a") },
    { "number", STR("u32"), STR("1"), STR("2") },
    { "64 bits", STR("i64"), STR("4294967296"), STR("0") },
    { "bool", STR("yes"), STR("true"), STR("false") },
    { "enum", STR("colour"), STR("RED"), STR("GREEN") },
    { "bytes", STR("data"), STR("AA=="), STR("AA==") },
    { "time", STR("at"), STR("2025-06-15T15:06:40Z"), STR("2025-06-15T15:06:40Z") },
    { "optional, default value", STR("maybe_number"), STR("0"), STR("0") },
};

TEST_EACH(a_parameter_that_comes_twice_is_refused, twice, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Every every = MOLVA__TEST__EVERY__INIT;
    CHECK_ERR(transcode_set_field(ctx, &every.base, c->name, c->first), OK, c->label);
    Str before = json_of(ctx, &every.base);
    CHECK_ERR(transcode_set_field(ctx, &every.base, c->name, c->second), ERR_INVALID, c->label);
    CHECK(strstr(ctx->err_text, ": is given twice"), c->label);
    CHECK_STR(json_of(ctx, &every.base), before, c->label);
}

TEST(a_list_takes_one_parameter_per_element)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Lists lists = MOLVA__TEST__LISTS__INIT;
    for (uint32_t i = 0; i < 100; i++) {
        Str text = str_fmt(ctx->arena, "%u", i);
        CHECK_ERR(transcode_set_field(ctx, &lists.base, STR("numbers"), text), OK, text.ptr);
        CHECK_ERR(transcode_set_field(ctx, &lists.base, STR("texts"), text), OK, text.ptr);
    }
    CHECK_ERR(transcode_set_field(ctx, &lists.base, STR("numbers"), STR("x")), ERR_INVALID, "no number");
    assert_int_equal(lists.n_numbers, 100);
    assert_int_equal(lists.n_texts, 100);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(lists.numbers[i], i);
        assert_string_equal(lists.texts[i], str_fmt(ctx->arena, "%u", i).ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_one_json_object_or_refused),
        cmocka_unit_test(a_refusal_does_not_repeat_what_was_sent),
        cmocka_unit_test(nesting_is_accepted_up_to_its_limit),
        cmocka_unit_test(an_object_may_have_so_many_values),
        cmocka_unit_test(brackets_in_strings_are_no_nesting),
        cmocka_unit_test(a_field_takes_what_the_json_mapping_says),
        cmocka_unit_test(lists_are_read_element_by_element),
        cmocka_unit_test(maps_are_read_key_by_key),
        cmocka_unit_test(only_one_field_of_a_oneof_may_be_set),
        cmocka_unit_test(absent_and_null_optional_fields_stay_unset),
        cmocka_unit_test(skipped_fields_are_passed_over_at_the_top_only),
        cmocka_unit_test(what_was_read_outlives_the_json),
        cmocka_unit_test(a_long_foreign_name_is_cut_between_characters),
        cmocka_unit_test(a_top_level_that_is_no_object_is_refused),
        cmocka_unit_test(a_parameter_sets_the_field_of_its_name),
        cmocka_unit_test(a_parameter_that_comes_twice_is_refused),
        cmocka_unit_test(a_list_takes_one_parameter_per_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
