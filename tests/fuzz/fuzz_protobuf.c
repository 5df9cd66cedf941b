/* Any bytes as the binary form of every request and event: decoded or refused. What was decoded has no string but what JSON can
 * carry, and both forms give it back. */
#include "fuzz/fuzz.h"

#include "api_types.h"
#include "rpc/transcode.h"
#include "rpc/wire.h"

static const ProtobufCMessageDescriptor *const types[] = {
#define ROW(type, name) &name##__descriptor,
    API_REQUESTS(ROW)
#undef ROW
        & hello__descriptor,
    &envelope__descriptor,
};

static Str json_of(Ctx *ctx, const ProtobufCMessage *message)
{
    StrBuf out;
    strbuf_init(&out, ctx->arena);
    transcode_to_json(&out, message);
    return strbuf_str(&out);
}

static void check_type(Ctx *ctx, const ProtobufCMessageDescriptor *type, Str bytes)
{
    const char *field;
    WireVerdict verdict = wire_check(type, bytes, &field);
    MUST_HOLD((field != NULL) == (verdict == WIRE_BAD_TEXT));
    const ProtobufCMessage *message = message_unpack(ctx->arena, type, bytes);
    if (!message) return;
    MUST_HOLD(verdict == WIRE_OK);
    MUST_HOLD(utf8_valid(json_of(ctx, message)));
    const ProtobufCMessage *again = message_unpack(ctx->arena, type, message_pack(ctx->arena, message));
    MUST_HOLD(again);
    MUST_HOLD(str_eq(json_of(ctx, again), json_of(ctx, message)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("fuzz", 0);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) check_type(ctx, types[i], (Str){ (const char *)data, size });
    return 0;
}
