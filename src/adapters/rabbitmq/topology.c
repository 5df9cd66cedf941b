#include "adapters/rabbitmq/topology.h"

#include <amqp_framing.h>

/* Retries happen in the consumer, so only a lost connection causes redelivery: this limit stops an event that kills its
 * consumer each time. */
#define DELIVERIES_MAX 1000

Str topology_exchange(Arena *arena, const char *prefix)
{
    return str_fmt(arena, "%s.events", prefix);
}

Str topology_queue(Arena *arena, const char *prefix, const char *consumer)
{
    return str_fmt(arena, "%s.%s", prefix, consumer);
}

static Str dead_exchange(Arena *arena, const char *prefix)
{
    return str_fmt(arena, "%s.dead", prefix);
}

static Err declare_exchange(Ctx *ctx, amqp_connection_state_t conn, Str name, const char *type)
{
    amqp_exchange_declare(conn, RABBITMQ_CHANNEL, rabbitmq_bytes(name), amqp_cstring_bytes(type), 0, 1, 0, 0,
                          amqp_empty_table);
    return rabbitmq_reply_check(ctx, amqp_get_rpc_reply(conn), str_cstr(ctx->arena, name));
}

Err topology_declare_exchanges(Ctx *ctx, amqp_connection_state_t conn, const char *prefix)
{
    Err err = declare_exchange(ctx, conn, topology_exchange(ctx->arena, prefix), "topic");
    return err ? err : declare_exchange(ctx, conn, dead_exchange(ctx->arena, prefix), "direct");
}

static amqp_table_entry_t text_entry(const char *key, Str value)
{
    return (amqp_table_entry_t){ .key = amqp_cstring_bytes(key),
                                 .value = { .kind = AMQP_FIELD_KIND_UTF8, .value.bytes = rabbitmq_bytes(value) } };
}

static amqp_table_entry_t number_entry(const char *key, int64_t value)
{
    return (amqp_table_entry_t){ .key = amqp_cstring_bytes(key),
                                 .value = { .kind = AMQP_FIELD_KIND_I64, .value.i64 = value } };
}

static amqp_table_entry_t flag_entry(const char *key)
{
    return (amqp_table_entry_t){ .key = amqp_cstring_bytes(key),
                                 .value = { .kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1 } };
}

static Err declare(Ctx *ctx, amqp_connection_state_t conn, Str name, amqp_table_entry_t *arguments, size_t n)
{
    amqp_table_t table = { .num_entries = (int)n, .entries = arguments };
    amqp_queue_declare(conn, RABBITMQ_CHANNEL, rabbitmq_bytes(name), 0, 1, 0, 0, table);
    return rabbitmq_reply_check(ctx, amqp_get_rpc_reply(conn), str_cstr(ctx->arena, name));
}

static Err bind(Ctx *ctx, amqp_connection_state_t conn, Str queue, Str exchange, Str key)
{
    amqp_queue_bind(conn, RABBITMQ_CHANNEL, rabbitmq_bytes(queue), rabbitmq_bytes(exchange), rabbitmq_bytes(key),
                    amqp_empty_table);
    return rabbitmq_reply_check(ctx, amqp_get_rpc_reply(conn), str_cstr(ctx->arena, queue));
}

static Err declare_dead(Ctx *ctx, amqp_connection_state_t conn, const char *prefix, const char *consumer)
{
    Str name = str_fmt(ctx->arena, "%s.%s.dead", prefix, consumer);
    amqp_table_entry_t arguments[] = { text_entry("x-queue-type", STR("quorum")) };
    Err err = declare(ctx, conn, name, arguments, ARRAY_LEN(arguments));
    return err ? err : bind(ctx, conn, name, dead_exchange(ctx->arena, prefix), str_of(consumer));
}

Err topology_declare_queue(Ctx *ctx, amqp_connection_state_t conn, const char *prefix, const RabbitmqQueue *queue)
{
    Str name = topology_queue(ctx->arena, prefix, queue->consumer);
    amqp_table_entry_t arguments[] = {
        text_entry("x-queue-type", STR("quorum")),
        flag_entry("x-single-active-consumer"), /* several processes, one order */
        number_entry("x-delivery-limit", DELIVERIES_MAX),
        text_entry("x-dead-letter-exchange", dead_exchange(ctx->arena, prefix)),
        text_entry("x-dead-letter-routing-key", str_of(queue->consumer)),
        text_entry("x-dead-letter-strategy", STR("at-least-once")), /* requires the next; nothing can overflow */
        text_entry("x-overflow", STR("reject-publish")),
    };
    Err err = declare_dead(ctx, conn, prefix, queue->consumer);
    if (!err) err = declare(ctx, conn, name, arguments, ARRAY_LEN(arguments));
    for (const char *const *topic = queue->topics; !err && *topic; topic++) {
        Str key = str_of(*topic);
        /* "member.*" matches any suffix in the port; in AMQP '*' would match one word. */
        if (key.len && key.ptr[key.len - 1] == '*') key = str_fmt(ctx->arena, "%.*s#", (int)key.len - 1, key.ptr);
        err = bind(ctx, conn, name, topology_exchange(ctx->arena, prefix), key);
    }
    return err;
}
