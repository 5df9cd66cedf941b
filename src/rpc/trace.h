/* Propagates trace ids between processes by W3C Trace Context: traceparent: 00-<32 hex>-<16 hex>-<flags>. Any
 * thread. */
#pragma once
#include "base/ctx.h"

#define TRACEPARENT_LEN 55

/* Adopts the trace id of a traceparent; keeps our own if it is malformed. */
void trace_take(Ctx *ctx, Str traceparent);
/* A NUL-terminated traceparent of ctx's trace with a new span. */
void trace_give(const Ctx *ctx, char out_traceparent[TRACEPARENT_LEN + 1]);
