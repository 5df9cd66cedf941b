/* The consuming half: a client and a thread per consumer. One event at a time, in order; retries happen here. The
 * offset is stored after the event is handled, and committed within a second or at the end. */
#pragma once
#include "adapters/kafka/producer.h"

typedef struct KafkaConsumer KafkaConsumer;

/* Begins to consume. Borrows all; dead letters go through the producer. */
KafkaConsumer *kafka_consumer_new(const KafkaAddress *address, KafkaProducer *producer, const char *name,
                                  const char *const *topics, BusFn fn, void *arg);
/* Waits until fn has returned, and commits. Accepts NULL. */
void kafka_consumer_free(KafkaConsumer *consumer);
