/* Creates librdkafka clients: settings, and names of topics and groups. */
#pragma once
#include <librdkafka/rdkafka.h>

#include "adapters/kafka/kafka.h"

/* Fixed after open. */
typedef struct KafkaAddress {
    char *brokers, *user, *password; /* user: NULL for none */
    char prefix[32], topic[48];
    uint32_t publish_timeout_ms;
} KafkaAddress;

/* ERR_INVALID with the reason in ctx. */
MUST_CHECK Err kafka_address_parse(Ctx *ctx, const KafkaConfig *config, KafkaAddress *out_address);
/* Accepts a zeroed one. */
void kafka_address_done(KafkaAddress *address);

typedef struct KafkaOption {
    const char *name, *value;
} KafkaOption;

/* Creates a client with the address's options and these, which end with a NULL name. on_delivery may be NULL. Aborts on
 * an unknown option, which is a bug of ours. */
rd_kafka_t *kafka_client_new(const KafkaAddress *address, rd_kafka_type_t type, const KafkaOption *options,
                             void (*on_delivery)(rd_kafka_t *, const rd_kafka_message_t *, void *));
