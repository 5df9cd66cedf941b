#include <assert.h>
#include <stdlib.h>

#include "adapters/rabbitmq/consumer.h"
#include "adapters/rabbitmq/publisher.h"
#include "adapters/rabbitmq/topology.h"
#include "base/log.h"
#include "runtime/thread.h"

#define CONFIRM_MS 10000
#define PREFETCH   32

typedef struct RabbitmqBus {
    Bus base;
    /* fixed after open */
    RabbitmqAddress address;
    Queues queues;
    uint32_t prefetch;
    Publisher *publisher;
    Consumer *consumers[QUEUES_MAX];
    int n_consumers;
} RabbitmqBus;

static RabbitmqBus *self_of(Bus *bus)
{
    return CONTAINER_OF(bus, RabbitmqBus, base);
}

static Err rabbitmq_publish(Bus *bus, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    thread_role_assert(THREAD_WORKER);
    return publisher_publish(self_of(bus)->publisher, ctx, events, n, out_done);
}

static void rabbitmq_consume(Bus *bus, const char *consumer, const char *const *topics, BusFn fn, void *arg)
{
    RabbitmqBus *self = self_of(bus);
    RabbitmqQueue queue = { consumer, topics };
    assert(self->n_consumers < QUEUES_MAX && queues_count(&self->queues) < QUEUES_MAX);
    queues_add(&self->queues, queue);
    self->consumers[self->n_consumers++] = consumer_new(&self->address, &queue, self->prefetch, fn, arg);
}

static Err rabbitmq_check(Bus *bus, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return publisher_check(self_of(bus)->publisher, ctx);
}

static void rabbitmq_stop(Bus *bus)
{
    RabbitmqBus *self = self_of(bus);
    for (int i = 0; i < self->n_consumers; i++) consumer_tell_to_stop(self->consumers[i]);
    while (self->n_consumers > 0) consumer_free(self->consumers[--self->n_consumers]);
}

static void rabbitmq_free(Bus *bus)
{
    RabbitmqBus *self = self_of(bus);
    rabbitmq_stop(bus);
    publisher_free(self->publisher);
    rabbitmq_address_done(&self->address);
    free(self);
}

/* Reports configuration errors at startup. *out_conn: NULL if the broker is unreachable. */
static Err connect_first(Ctx *ctx, const RabbitmqAddress *address, const Queues *queues,
                         amqp_connection_state_t *out_conn)
{
    Err err = rabbitmq_connect(ctx, address, out_conn);
    if (err) return err;
    err = topology_declare_exchanges(ctx, *out_conn, address->prefix);
    for (int i = 0; !err && i < queues_count(queues); i++)
        err = topology_declare_queue(ctx, *out_conn, address->prefix, &queues->all[i]);
    if (err) {
        rabbitmq_disconnect(*out_conn, true);
        *out_conn = NULL;
    }
    return err;
}

Err rabbitmq_open(Ctx *ctx, const RabbitmqConfig *config, Bus **out_bus)
{
    static const BusOps ops = { .driver = "rabbitmq",
                                .publish = rabbitmq_publish,
                                .consume = rabbitmq_consume,
                                .stop = rabbitmq_stop,
                                .check = rabbitmq_check,
                                .free = rabbitmq_free };
    amqp_connection_state_t first = NULL;
    RabbitmqBus *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &ops;
    self->prefetch = config->prefetch ? config->prefetch : PREFETCH;
    assert(config->n_queues <= QUEUES_MAX);
    for (size_t i = 0; i < config->n_queues; i++) queues_add(&self->queues, config->queues[i]);
    Err err = rabbitmq_address_parse(ctx, config, &self->address);
    if (!err) err = connect_first(ctx, &self->address, &self->queues, &first);
    if (err && err != ERR_UNAVAILABLE) {
        rabbitmq_address_done(&self->address);
        free(self);
        return err;
    }
    if (err) {
        log_failure(LOG_WARN, ctx, "rabbitmq.not_reached");
        ctx_clear(ctx);
    }
    self->publisher = publisher_new(&self->address, &self->queues,
                                    config->confirm_timeout_ms ? config->confirm_timeout_ms : CONFIRM_MS, first);
    *out_bus = &self->base;
    return OK;
}
