/* One connection to RabbitMQ with one channel. Belongs to one thread, which may block. */
#pragma once
#include <amqp.h>
#include <stdbool.h>

#include "adapters/rabbitmq/rabbitmq.h"

#define RABBITMQ_CHANNEL 1

/* Fixed after open. */
typedef struct RabbitmqAddress {
    char *url; /* holds the texts below; without the password */
    char *password;
    char prefix[32];
    struct amqp_connection_info info;
    uint32_t connect_timeout_ms, heartbeat_s;
} RabbitmqAddress;

/* ERR_INVALID with the reason in ctx. */
MUST_CHECK Err rabbitmq_address_parse(Ctx *ctx, const RabbitmqConfig *config, RabbitmqAddress *out_address);
/* Accepts a zeroed one. */
void rabbitmq_address_done(RabbitmqAddress *address);

/* Connects, authenticates, opens the channel.
 *   ERR_UNAVAILABLE  unreachable, or not ready
 *   ERR_INVALID      the broker refuses us */
MUST_CHECK Err rabbitmq_connect(Ctx *ctx, const RabbitmqAddress *address, amqp_connection_state_t *out_conn);
/* is_broken: skip the closing handshake. Accepts NULL. */
void rabbitmq_disconnect(amqp_connection_state_t conn, bool is_broken);

/* OK, or ERR_UNAVAILABLE (ERR_INVALID if the broker refused) with the operation and the broker's text in ctx. */
MUST_CHECK Err rabbitmq_reply_check(Ctx *ctx, amqp_rpc_reply_t reply, const char *what);

/* For texts on their way to the library. */
static inline amqp_bytes_t rabbitmq_bytes(Str text)
{
    return (amqp_bytes_t){ .len = text.len, .bytes = (void *)text.ptr };
}
static inline Str rabbitmq_str(amqp_bytes_t bytes)
{
    return (Str){ bytes.bytes, bytes.len };
}
