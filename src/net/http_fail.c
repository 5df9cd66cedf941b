/* Errors as replies. */
#include "net/http_internal.h"

void http_fail(HttpExchange *exchange, Err err, Str message, uint32_t retry_after_ms)
{
    Arena *arena = exchange->arena;
    HttpHeader headers[3] = { { STR("Content-Type"), STR("application/json") } };
    size_t n_headers = 1;
    if (err == ERR_UNAUTHENTICATED) /* RFC 9110, section 15.5.2 asks for it */
        headers[n_headers++] = (HttpHeader){ STR("WWW-Authenticate"), STR("Bearer") };
    if (retry_after_ms)
        headers[n_headers++] =
            (HttpHeader){ STR("Retry-After"), str_fmt(arena, "%u", (retry_after_ms - 1) / 1000 + 1) };

    StrBuf body;
    strbuf_init(&body, arena);
    http_error_json(&body, err, message, retry_after_ms);
    http_reply(exchange, &(HttpReply){ .status = err_info(err)->http_status,
                                       .headers = headers,
                                       .n_headers = n_headers,
                                       .body = strbuf_str(&body) });
}
