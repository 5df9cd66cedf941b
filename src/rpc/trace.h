/* The trace id between processes, as W3C Trace Context has it: traceparent: 00-<32 hex>-<16 hex>-<flags>. Any thread. */
#pragma once
#include "base/ctx.h"

#define TRACEPARENT_LEN 55

/* Takes over the trace id of a traceparent; anything else keeps our own. */
void trace_take(Ctx *ctx, Str traceparent);
/* A traceparent of ctx's trace with a span of its own, and a closing NUL. */
void trace_give(const Ctx *ctx, char out_traceparent[TRACEPARENT_LEN + 1]);
