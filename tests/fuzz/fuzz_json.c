/* Any bytes as the JSON of every request of the contract: read or refused; what was read is written, read again and
 * written again, and both texts are the same. So are the texts on both sides of the binary form. */
#include "fuzz/fuzz.h"

#include "api_types.h"
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

static void check_message(Ctx *ctx, const ProtobufCMessage *message)
{
    Str text = json_of(ctx, message);
    MUST_HOLD(utf8_valid(text));
    json_t *json;
    MUST_HOLD(json_parse_object(ctx, text, &json) == OK);
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
    if (json_parse_object(ctx, (Str){ (const char *)data, size }, &json) == OK) {
        for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
            ProtobufCMessage *message = message_new(ctx->arena, requests[i]);
            if (transcode_from_json(ctx, json, NULL, message) == OK) check_message(ctx, message);
        }
        json_decref(json);
    }
    MUST_HOLD(!ctx->err_text || utf8_valid(str_of(ctx->err_text)));
    return 0;
}
