/* Exchanges, queues and bindings. All are durable; redeclaring an existing one changes nothing. */
#pragma once
#include "adapters/rabbitmq/conn.h"

/* "<prefix>.events" and "<prefix>.dead". */
MUST_CHECK Err topology_declare_exchanges(Ctx *ctx, amqp_connection_state_t conn, const char *prefix);
/* The consumer's queue with its topics, and its dead letter queue. */
MUST_CHECK Err topology_declare_queue(Ctx *ctx, amqp_connection_state_t conn, const char *prefix,
                                      const RabbitmqQueue *queue);
Str topology_exchange(Arena *arena, const char *prefix);
Str topology_queue(Arena *arena, const char *prefix, const char *consumer);
