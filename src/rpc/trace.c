/* Trace context on the wire. */
#include "rpc/trace.h"

#include <sodium.h>
#include <stdio.h>

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

void trace_take(Ctx *ctx, Str traceparent)
{
    if (traceparent.len != TRACEPARENT_LEN || !str_starts_with(traceparent, STR("00-")) || traceparent.ptr[35] != '-')
        return;
    for (size_t i = 3; i < 35; i++)
        if (!is_hex(traceparent.ptr[i])) return;
    memcpy(ctx->trace_id, traceparent.ptr + 3, 32);
}

void trace_give(const Ctx *ctx, char out_traceparent[TRACEPARENT_LEN + 1])
{
    unsigned char span[8];
    char span_text[17];
    randombytes_buf(span, sizeof span);
    sodium_bin2hex(span_text, sizeof span_text, span, sizeof span);
    snprintf(out_traceparent, TRACEPARENT_LEN + 1, "00-%s-%s-01", ctx->trace_id, span_text);
}
