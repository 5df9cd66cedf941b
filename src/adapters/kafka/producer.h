/* The publishing half: an idempotent producer, whose delivery reports a thread passes to the waiting callers. */
#pragma once
#include "adapters/kafka/client.h"

typedef struct KafkaProducer KafkaProducer;

/* Borrows the address. */
KafkaProducer *kafka_producer_new(const KafkaAddress *address);
/* Once nobody publishes any more. Accepts NULL. */
void kafka_producer_free(KafkaProducer *producer);

/* As bus_publish_many(), into this topic of Kafka's. */
ON_WORKER MUST_CHECK Err kafka_producer_publish(KafkaProducer *producer, Ctx *ctx, const char *topic,
                                                const BusEvent *events, size_t n, size_t *out_done);
/* Queries a broker; takes up to a second. */
ON_WORKER MUST_CHECK Err kafka_producer_check(KafkaProducer *producer, Ctx *ctx);
