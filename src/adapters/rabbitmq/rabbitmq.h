/* RabbitMQ (3.10 or later) behind ports/bus.h. A topic exchange "molva.events", a quorum queue "molva.<consumer>" per
 * consumer, and for events that a consumer can never handle the exchange "molva.dead" with a queue
 * "molva.<consumer>.dead". docs/adr/0012-rabbitmq.md explains the design. */
#pragma once
#include "ports/bus.h"

/* A consumer in another process. Its queue is declared here too, so that events published before that process first
 * starts wait for it. */
typedef struct RabbitmqQueue {
    const char *consumer;
    const char *const *topics; /* as of bus_consume() */
} RabbitmqQueue;

/* Zero fields take the defaults. Texts are copied, queues are not. */
typedef struct RabbitmqConfig {
    Str url;                     /* "amqp://user@host[:port][/vhost]" */
    Str password;                /* empty: none */
    Str prefix;                  /* of exchanges and queues: "molva" */
    const RabbitmqQueue *queues; /* NULL: none but those of bus_consume() */
    size_t n_queues;             /* at most 32, with those of bus_consume() */
    uint32_t connect_timeout_ms; /* 3000 */
    uint32_t confirm_timeout_ms; /* with unconfirmed events, until a silent broker counts as dead: 10000 */
    uint32_t heartbeat_s;        /* 10; a peer that is silent for twice as long counts as dead */
    uint32_t prefetch;           /* events kept here while one is handled: 32 */
} RabbitmqConfig;

/* Connects once and declares what it can. An unreachable broker is not an error: it is retried from then on.
 *   ERR_INVALID  the URL is malformed, or the broker refuses us (password, vhost, a queue with other arguments); ctx
 * has the details */
MUST_CHECK Err rabbitmq_open(Ctx *ctx, const RabbitmqConfig *config, Bus **out_bus);
