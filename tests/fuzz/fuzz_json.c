/* Any bytes as the JSON of every request of the contract: read or refused; what was read is written, read again and
 * written again, and both texts are the same. So are the texts on both sides of the binary form. */
#include "fuzz/fuzz.h"

#include "api_types.h"
#include "rpc/json_cut.h"
#include "rpc/transcode.h"

static const ProtobufCMessageDescriptor *const requests[] = {
#define ROW(type, name) &name##__descriptor,
    API_REQUESTS(ROW)
#undef ROW
        & event__descriptor,
    &welcome__descriptor,
    &hello__descriptor,
    &envelope__descriptor,
};

static Str json_of(Ctx *ctx, const ProtobufCMessage *message)
{
    StrBuf out;
    strbuf_init(&out, ctx->arena);
    transcode_to_json(&out, message);
    return strbuf_str(&out);
}

/* Cut in two, it is the same: well-formed or not. */
static void check_cut(Ctx *ctx, Str text, const json_t *whole)
{
    json_t *rest_json, *value_json;
    Str rest, value = json_cut_member(ctx->arena, text, STR("params"), &rest);
    if (!value.len) {
        MUST_HOLD(str_eq(rest, text));
        return;
    }
    if (json_parse_object(ctx, rest, &rest_json) == OK) {
        json_t *params = json_object_get(rest_json, "params");
        MUST_HOLD(json_is_null(params));
        value_json = json_loadb(value.ptr, value.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
        if (whole) {
            json_object_set_new(rest_json, "params", value_json);
            MUST_HOLD(json_equal(rest_json, whole));
        } else if (value_json) {
            json_decref(value_json); /* the whole may be too deep, or have too many values */
            MUST_HOLD(str_starts_with(str_of(ctx->err_text), STR("JSON: ")));
        }
        json_decref(rest_json);
    } else {
        MUST_HOLD(!whole);
    }
}

static void check_message(Ctx *ctx, const ProtobufCMessage *message)
{
    Str text = json_of(ctx, message);
    MUST_HOLD(utf8_valid(text));
    json_t *json;
    if (json_parse_object(ctx, text, &json)) { /* fields with default values are written, too */
        MUST_HOLD(str_starts_with(str_of(ctx->err_text), STR("JSON: more than ")));
        return;
    }
    ProtobufCMessage *again = message_new(ctx->arena, message->descriptor);
    MUST_HOLD(transcode_from_json(ctx, json, NULL, again) == OK);
    json_decref(json);
    MUST_HOLD(str_eq(json_of(ctx, again), text));

    ProtobufCMessage *unpacked = message_unpack(ctx->arena, message->descriptor, message_pack(ctx->arena, message));
    MUST_HOLD(unpacked);
    MUST_HOLD(str_eq(json_of(ctx, unpacked), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("fuzz", 0);
    json_t *json;
    Str text = { (const char *)data, size };
    if (json_parse_object(ctx, text, &json) == OK) {
        check_cut(ctx, text, json);
        for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
            ProtobufCMessage *message = message_new(ctx->arena, requests[i]);
            if (transcode_from_json(ctx, json, NULL, message) == OK) check_message(ctx, message);
        }
        json_decref(json);
    } else {
        check_cut(ctx, text, NULL);
    }
    MUST_HOLD(!ctx->err_text || utf8_valid(str_of(ctx->err_text)));
    return 0;
}
