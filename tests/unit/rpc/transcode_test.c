#include "rpc/transcode.h"

#include <assert.h>

#include "api_types.h"
#include "every_type.pb-c.h"
#include "rpc/pb_field.h"
#include "support/test.h"

static Str json_of(Ctx *ctx, const ProtobufCMessage *message)
{
    StrBuf out;
    strbuf_init(&out, ctx->arena);
    transcode_to_json(&out, message);
    return strbuf_str(&out);
}

TEST(a_new_message_is_empty)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    SendRequest *request = (SendRequest *)message_new(ctx->arena, &send_request__descriptor);
    assert_ptr_equal(request->base.descriptor, &send_request__descriptor);
    assert_string_equal(request->text, "");
}

TEST(packed_bytes_unpack_to_the_same)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    SendRequest request = SEND_REQUEST__INIT;
    request.text = "\xd0\x9c hi";
    request.client_id = "c";
    Str bytes = message_pack(ctx->arena, &request.base);
    SendRequest *again = (SendRequest *)message_unpack(ctx->arena, &send_request__descriptor, bytes);
    assert_non_null(again);
    assert_string_equal(again->text, request.text);
    assert_string_equal(again->client_id, "c");
    assert_string_equal(again->conversation_id, "");

    LogoutRequest nothing = LOGOUT_REQUEST__INIT;
    bytes = message_pack(ctx->arena, &nothing.base);
    assert_int_equal(bytes.len, 0);
    assert_non_null(message_unpack(ctx->arena, &logout_request__descriptor, bytes));
}

/* Fields of molva.test.Every: text 15, inner 17 {name 1}, word 20, thing 21 {name 1}, again 25, i32 1. */
static const struct {
    const char *label;
    Str bytes;
    bool good;
} wires[] = {
    { "empty", STR(""), true },
    { "text", STR("\x7a\x02hi"), true },
    { "text that is no UTF-8", STR("\x7a\x01\xff"), false },
    { "text inside", STR("\x8a\x01\x03\x0a\x01x"), true },
    { "text inside that is no UTF-8", STR("\x8a\x01\x03\x0a\x01\xff"), false },
    { "text in a oneof", STR("\xa2\x01\x01w"), true },
    { "text in a oneof that is no UTF-8", STR("\xa2\x01\x01\xff"), false },
    { "message in a oneof with text that is no UTF-8", STR("\xaa\x01\x03\x0a\x01\xff"), false },
    { "bytes may be anything", STR("\x82\x01\x01\xff"), true },
    { "unknown field", STR("\xfa\x3f\x01x"), true },
    { "cut off", STR("\x7a\x05hi"), false },
    { "tag cut off", STR("\x8a"), false },
    { "length of nearly 4 GiB", STR("\x7a\xff\xff\xff\xff\x0f"), false },
    { "wrong wire type", STR("\x0d\x01\x00\x00\x00"), false },
    { "field number 0", STR("\x02\x00"), false },
};

TEST_EACH(bytes_that_are_not_of_the_type_are_refused, wires, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK(!message_unpack(ctx->arena, &molva__test__every__descriptor, c->bytes) == !c->good, c->label);
}

TEST(text_that_is_no_utf_8_is_refused_in_lists_and_maps_too)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    const ProtobufCMessageDescriptor *lists = &molva__test__lists__descriptor, *maps = &molva__test__maps__descriptor;
    assert_non_null(message_unpack(ctx->arena, lists, STR("\x32\x01y\x32\x01x")));
    assert_null(message_unpack(ctx->arena, lists, STR("\x32\x01x\x32\x01\xff")));
    assert_null(message_unpack(ctx->arena, lists, STR("\x42\x00\x42\x03\x0a\x01\xff")));
    assert_non_null(message_unpack(ctx->arena, maps, STR("\x0a\x03\x0a\x01x")));
    assert_null(message_unpack(ctx->arena, maps, STR("\x0a\x03\x0a\x01\xff")));
    assert_null(message_unpack(ctx->arena, maps, STR("\x12\x08\x0a\x01x\x12\x03\x0a\x01\xff")));
}

static ProtobufCMessage *filled(Ctx *ctx, const ProtobufCMessageDescriptor *descriptor, unsigned choice, int depth);

static void fill_value(Ctx *ctx, const ProtobufCFieldDescriptor *field, void *out, unsigned choice, int depth)
{
    static uint8_t bytes[] = { 0xff, 0x00, 0x01 };
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE: *(void **)out = filled(ctx, field->descriptor, choice, depth - 1); break;
    case PROTOBUF_C_TYPE_STRING: *(char **)out = "\xd0\x9c \"quoted\" \\ \n"; break;
    case PROTOBUF_C_TYPE_BYTES: *(ProtobufCBinaryData *)out = (ProtobufCBinaryData){ sizeof bytes, bytes }; break;
    case PROTOBUF_C_TYPE_FLOAT: *(float *)out = 0.1f; break;
    case PROTOBUF_C_TYPE_DOUBLE: *(double *)out = -0.1; break;
    case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *)out = 1; break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumDescriptor *type = field->descriptor;
        *(int *)out = type->values[type->n_values - 1].value;
        break;
    }
    default: memset(out, 0x7f, field_value_size(field)); break;
    }
}

/* How many fields of the same oneof stand before field number i. */
static unsigned rank_in_oneof(const ProtobufCMessageDescriptor *descriptor, unsigned i)
{
    unsigned rank = 0;
    for (unsigned j = 0; j < i; j++)
        rank += field_in_oneof(&descriptor->fields[j]) &&
                descriptor->fields[j].quantifier_offset == descriptor->fields[i].quantifier_offset;
    return rank;
}

/* A message with no field at its default, down to `depth` messages below it; of each oneof the field number `choice`,
 * none when it has fewer. Structs stay unset: they are not read. */
static ProtobufCMessage *filled(Ctx *ctx, const ProtobufCMessageDescriptor *descriptor, unsigned choice, int depth)
{
    assert(descriptor);
    if (descriptor == &google__protobuf__timestamp__descriptor) return &timestamp_new(ctx->arena, 1750000000123)->base;
    ProtobufCMessage *message = message_new(ctx->arena, descriptor);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const ProtobufCMessageDescriptor *type = field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
        if (type && (depth == 0 || strcmp(type->name, "google.protobuf.Struct") == 0)) continue;
        if (field_in_oneof(field) && rank_in_oneof(descriptor, i) != choice) continue;

        void *out = field_member(message, field);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            void *values = arena_alloc(ctx->arena, field_value_size(field));
            *(void **)out = values;
            *field_count(message, field) = 1;
            out = values;
        }
        fill_value(ctx, field, out, choice, depth);
        if (field_in_oneof(field)) *field_case(message, field) = field->id;
    }
    return message;
}

static const ProtobufCMessageDescriptor *const every_message[] = {
#define ROW(type, name) &name##__descriptor,
    API_MESSAGES(ROW)
#undef ROW
        & molva__test__every__descriptor,
    &molva__test__lists__descriptor,
    &molva__test__maps__descriptor,
};

#define CHOICES 12 /* more than any oneof has fields */

/* message -> JSON -> message -> bytes -> message -> JSON, for everything that the contract declares. */
TEST_EACH(every_message_survives_json_and_bytes, every_message, c)
{
    for (unsigned choice = 0; choice < CHOICES; choice++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        ProtobufCMessage *message = filled(ctx, *c, choice, 4);
        Str text = json_of(ctx, message);
        json_t *json;
        CHECK_ERR(json_parse_object(ctx, text, &json), OK, (*c)->name);
        ProtobufCMessage *from_json = message_new(ctx->arena, *c);
        CHECK_ERR(transcode_from_json(ctx, json, NULL, from_json), OK, (*c)->name);
        json_decref(json);
        CHECK_STR(message_pack(ctx->arena, from_json), message_pack(ctx->arena, message), (*c)->name);
        ProtobufCMessage *from_bytes = message_unpack(ctx->arena, *c, message_pack(ctx->arena, from_json));
        CHECK(from_bytes, (*c)->name);
        CHECK_STR(json_of(ctx, from_bytes), text, (*c)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_message_is_empty),
        cmocka_unit_test(packed_bytes_unpack_to_the_same),
        cmocka_unit_test(bytes_that_are_not_of_the_type_are_refused),
        cmocka_unit_test(text_that_is_no_utf_8_is_refused_in_lists_and_maps_too),
        cmocka_unit_test(every_message_survives_json_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
