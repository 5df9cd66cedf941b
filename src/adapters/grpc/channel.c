/* Settings of a channel. See gRPC's service config: https://github.com/grpc/grpc/blob/master/doc/service_config.md */
#include "adapters/grpc/channel.h"

#include <grpc/grpc_security.h>

#include "adapters/grpc/grpc_limits.h"

/* A call that ends with one of these was not answered: the peer stopped, or the connection broke. */
#define RETRY                                                                                  \
    "\"retryPolicy\":{\"maxAttempts\":5,\"initialBackoff\":\"0.02s\",\"maxBackoff\":\"0.5s\"," \
    "\"backoffMultiplier\":2,\"retryableStatusCodes\":[\"UNAVAILABLE\",\"CANCELLED\"]}"

static void add_method(StrBuf *out, const RpcService *service, const RpcMethod *method)
{
    if (out->ptr[out->len - 1] == '}') strbuf_add_char(out, ',');
    const char *name = strrchr(method->full_path, '/') + 1;
    strbuf_fmt(out, "{\"service\":\"%s\",\"method\":\"%s\"}", service->full_name, name);
}

/* Calls go round robin to peers whose health check reports serving; idempotent ones are retried when a peer fails, the
 * others only if no server has accepted them, see client.c. */
static Str service_config(Arena *arena, const RpcService *service)
{
    StrBuf out;
    strbuf_init(&out, arena);
    strbuf_fmt(&out, "{\"loadBalancingConfig\":[{\"round_robin\":{}}],\"healthCheckConfig\":{\"serviceName\":\"%s\"}",
               service->full_name);
    bool any = false;
    for (size_t i = 0; i < service->n_methods; i++) any |= service->methods[i].repeatable;
    if (any) {
        strbuf_add(&out, STR(",\"methodConfig\":[{\"name\":["));
        for (size_t i = 0; i < service->n_methods; i++)
            if (service->methods[i].repeatable) add_method(&out, service, &service->methods[i]);
        strbuf_add(&out, STR("]," RETRY "}]"));
    }
    strbuf_add(&out, STR("}"));
    return (Str){ str_cstr(arena, strbuf_str(&out)), out.len };
}

static grpc_arg number(const char *key, int value)
{
    return (grpc_arg){ .type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value };
}

grpc_channel *channel_open(const RpcService *service, const char *target)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    grpc_arg args[] = {
        { .type = GRPC_ARG_STRING,
          .key = GRPC_ARG_SERVICE_CONFIG,
          .value.string = (char *)service_config(arena, service).ptr },
        number(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1), /* DNS must not change it */
        number(GRPC_ARG_ENABLE_HTTP_PROXY, 0),                 /* http_proxy does not apply to our own services */
        number(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, GRPC_MESSAGE_MAX),
        number(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, GRPC_MESSAGE_MAX),
        /* Detects a partitioned peer while calls run and while the health stream is open, that is always. */
        number(GRPC_ARG_KEEPALIVE_TIME_MS, GRPC_KEEPALIVE_MS),
        number(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, GRPC_KEEPALIVE_TIMEOUT_MS),
        number(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0), /* unlimited pings */
        number(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100),
        number(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000), /* also the timeout of a connection attempt */
        number(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000),
        number(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000),
    };
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *channel =
        grpc_channel_create(target, credentials, &(grpc_channel_args){ .num_args = ARRAY_LEN(args), .args = args });
    grpc_channel_credentials_release(credentials);
    return channel;
}
