#include <assert.h>
#include <stdlib.h>

#include "adapters/kafka/consumer.h"
#include "runtime/thread.h"

#define CONSUMERS_MAX 32

typedef struct KafkaBus {
    Bus base;
    /* fixed after open */
    KafkaAddress address;
    KafkaProducer *producer;
    KafkaConsumer *consumers[CONSUMERS_MAX];
    int n_consumers;
} KafkaBus;

static KafkaBus *self_of(Bus *bus)
{
    return CONTAINER_OF(bus, KafkaBus, base);
}

static Err kafka_publish(Bus *bus, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    thread_role_assert(THREAD_WORKER);
    KafkaBus *self = self_of(bus);
    return kafka_producer_publish(self->producer, ctx, self->address.topic, events, n, out_done);
}

static void kafka_consume(Bus *bus, const char *consumer, const char *const *topics, BusFn fn, void *arg)
{
    KafkaBus *self = self_of(bus);
    assert(self->n_consumers < CONSUMERS_MAX);
    self->consumers[self->n_consumers++] =
        kafka_consumer_new(&self->address, self->producer, consumer, topics, fn, arg);
}

static void kafka_stop(Bus *bus)
{
    KafkaBus *self = self_of(bus);
    while (self->n_consumers > 0) kafka_consumer_free(self->consumers[--self->n_consumers]);
}

static Err kafka_check(Bus *bus, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return kafka_producer_check(self_of(bus)->producer, ctx);
}

static void kafka_free(Bus *bus)
{
    KafkaBus *self = self_of(bus);
    kafka_stop(bus);
    kafka_producer_free(self->producer);
    kafka_address_done(&self->address);
    free(self);
}

Err kafka_open(Ctx *ctx, const KafkaConfig *config, Bus **out_bus)
{
    static const BusOps ops = { .driver = "kafka",
                                .publish = kafka_publish,
                                .consume = kafka_consume,
                                .stop = kafka_stop,
                                .check = kafka_check,
                                .free = kafka_free };
    KafkaAddress address;
    Err err = kafka_address_parse(ctx, config, &address);
    if (err) return err;
    KafkaBus *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &ops;
    self->address = address;
    self->producer = kafka_producer_new(&self->address);
    *out_bus = &self->base;
    return OK;
}
