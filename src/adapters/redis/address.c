#include "adapters/redis/address.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_PORT   6379
#define DATABASES_MAX  65535
#define CONNECT_MS     1000
#define COMMAND_MS     250
#define PREFIX_DEFAULT "molva"

/* "host", "host:port", "[::1]:port". */
static Err parse_host(Ctx *ctx, Str text, RedisAddress *address)
{
    Str host, port;
    if (text.len && text.ptr[0] == '[') {
        ptrdiff_t end = str_find(text, ']');
        if (end < 0) return ctx_fail(ctx, ERR_INVALID, "redis: '[' without ']'");
        host = (Str){ text.ptr + 1, (size_t)end - 1 };
        port = (Str){ text.ptr + end + 1, text.len - (size_t)end - 1 };
        if (port.len && port.ptr[0] == ':') port = (Str){ port.ptr + 1, port.len - 1 };
    } else {
        port = text;
        host = str_cut(&port, ':');
    }
    uint64_t number = DEFAULT_PORT;
    if (port.len && (!str_to_u64(port, 65535, &number) || number == 0))
        return ctx_fail(ctx, ERR_INVALID, "redis: '%.*s' is no port", STR_ARG(port));
    if (host.len == 0) return ctx_fail(ctx, ERR_INVALID, "redis: the URL names no host");
    address->host = str_copy(host);
    address->port = (uint16_t)number;
    return OK;
}

static Err parse_url(Ctx *ctx, Str url, RedisAddress *address)
{
    static const Str scheme = { "redis://", 8 };
    if (str_starts_with(url, STR("rediss://")))
        return ctx_fail(ctx, ERR_INVALID, "redis: rediss:// is not supported; put a TLS proxy before Redis");
    if (!str_starts_with(url, scheme)) return ctx_fail(ctx, ERR_INVALID, "redis: the URL does not begin with redis://");

    Str database = { url.ptr + scheme.len, url.len - scheme.len };
    Str place = str_cut(&database, '/');
    uint64_t number = 0;
    if (database.len && !str_to_u64(database, DATABASES_MAX, &number))
        return ctx_fail(ctx, ERR_INVALID, "redis: '%.*s' is no number of a database", STR_ARG(database));
    address->database = (unsigned)number;

    ptrdiff_t at = str_find(place, '@');
    if (at >= 0) {
        Str user = { place.ptr, (size_t)at };
        if (str_find(user, ':') >= 0)
            return ctx_fail(ctx, ERR_INVALID, "redis: no password in the URL; it comes from a file");
        if (user.len) address->user = str_copy(user);
        place = (Str){ place.ptr + at + 1, place.len - (size_t)at - 1 };
    }
    return parse_host(ctx, place, address);
}

Err redis_address_parse(Ctx *ctx, const RedisConfig *config, RedisAddress *out_address)
{
    Str prefix = config->prefix.len ? config->prefix : STR(PREFIX_DEFAULT);
    RedisAddress address = { .connect_timeout_ms = config->connect_timeout_ms ? config->connect_timeout_ms : CONNECT_MS,
                             .timeout_ms = config->timeout_ms ? config->timeout_ms : COMMAND_MS };
    Err err = parse_url(ctx, config->url, &address);
    if (err) {
        redis_address_done(&address);
        return err;
    }
    if (config->password.len) address.password = str_copy(config->password);
    snprintf(address.prefix, sizeof address.prefix, "%.*s", STR_ARG(prefix));
    *out_address = address;
    return OK;
}

void redis_address_done(RedisAddress *address)
{
    if (address->password) sodium_memzero(address->password, strlen(address->password));
    free(address->password);
    free(address->user);
    free(address->host);
    *address = (RedisAddress){ 0 };
}
