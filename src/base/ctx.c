/* Request context. */
#include "base/ctx.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

Ctx *ctx_new(const char *method, int64_t now_ms)
{
    Arena *arena = arena_new();
    Ctx *ctx = arena_new_of(arena, Ctx);
    ctx->arena = arena;
    ctx->method = method;
    ctx->now_ms = now_ms;
    unsigned char random[16];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(ctx->trace_id, sizeof ctx->trace_id, random, sizeof random);
    return ctx;
}

void ctx_free(Ctx *ctx)
{
    if (ctx) arena_free(ctx->arena);
}

void ctx_freep(Ctx **ctx)
{
    ctx_free(*ctx);
    *ctx = NULL;
}

Err ctx_fail_at(Ctx *ctx, Err code, const char *file, int line, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len < 0) len = 0;
    if ((size_t)len >= sizeof text) len = sizeof text - 1;
    ctx->err = code;
    ctx->err_text = str_cstr(ctx->arena, (Str){ text, (size_t)len });
    ctx->err_file = file;
    ctx->err_line = line;
    ctx->retry_after_ms = 0;
    return code;
}

void ctx_clear(Ctx *ctx)
{
    ctx->err = OK;
    ctx->err_text = NULL;
    ctx->err_file = NULL;
    ctx->err_line = 0;
    ctx->retry_after_ms = 0;
}
