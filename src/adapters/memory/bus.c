#include "adapters/memory/bus.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ports/labelled_metric.h"
#include "runtime/clock.h"

typedef struct Consumer {
    const char *name;
    const char *const *topics;
    BusFn fn;
    void *arg;
    Metric *set_aside;
} Consumer;

typedef struct MemoryBus {
    Bus base;
    Consumer consumers[BUS_CONSUMERS_MAX]; /* written before n_consumers counts them */
    /* atomic */
    atomic_int n_consumers;
} MemoryBus;

/* OK if the consumer has handled the event, or never can. */
static Err deliver(const Consumer *consumer, Ctx *ctx, const BusEvent *event)
{
    _cleanup_(ctx_freep) Ctx *own = ctx_new(consumer->name, clock_now_ms());
    own->actor.kind = ACTOR_SERVICE;
    snprintf(own->trace_id, sizeof own->trace_id, "%.*s", STR_ARG(event->trace_id));

    Err err = consumer->fn(consumer->arg, own, event->payload);
    if (!err) return OK;
    if (bus_is_worth_another_try(err)) {
        log_failure(LOG_WARN, own, "bus.consumer_failed");
        return ctx_fail(ctx, err, "%s: %s", consumer->name, own->err_text ? own->err_text : "");
    }
    metric_add(consumer->set_aside, 1);
    log_error(own, "bus.event_set_aside", log_str("topic", event->topic), log_cstr("code", err_info(err)->name),
              log_cstr("text", own->err_text ? own->err_text : ""),
              log_int("payload_bytes", (int64_t)event->payload.len));
    return OK;
}

/* To all consumers, or to those of one name. */
static Err publish_one(MemoryBus *self, const char *name, Ctx *ctx, const BusEvent *event)
{
    int n_consumers = atomic_load_explicit(&self->n_consumers, memory_order_acquire);
    Err first_err = OK;
    for (int i = 0; i < n_consumers; i++) {
        if (name && strcmp(self->consumers[i].name, name) != 0) continue;
        if (!bus_topics_match(self->consumers[i].topics, event->topic)) continue;
        Err err = deliver(&self->consumers[i], ctx, event);
        if (!first_err) first_err = err;
    }
    return first_err;
}

static Err memory_publish_to(Bus *bus, const char *name, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    Err err = OK;
    for (*out_done = 0; *out_done < n; ++*out_done) {
        err = publish_one(CONTAINER_OF(bus, MemoryBus, base), name, ctx, &events[*out_done]);
        if (err) break;
    }
    return err;
}

static Err memory_publish(Bus *bus, Ctx *ctx, const BusEvent *events, size_t n, size_t *out_done)
{
    return memory_publish_to(bus, NULL, ctx, events, n, out_done);
}

static bool is_first_of_its_name(const MemoryBus *self, int at)
{
    int i = 0;
    while (strcmp(self->consumers[i].name, self->consumers[at].name) != 0) i++;
    return i == at;
}

static const char *memory_consumer(Bus *bus, size_t nth)
{
    MemoryBus *self = CONTAINER_OF(bus, MemoryBus, base);
    int n_consumers = atomic_load_explicit(&self->n_consumers, memory_order_acquire);
    for (int i = 0; i < n_consumers; i++)
        if (is_first_of_its_name(self, i) && nth-- == 0) return self->consumers[i].name;
    return NULL;
}

static void memory_consume(Bus *bus, const char *consumer, const char *const *topics, BusFn fn, void *arg)
{
    static const Metric set_aside = METRIC_COUNTER_INIT(
        "molva_bus_set_aside_total", "Events that a consumer can never handle; they are in the log.");
    MemoryBus *self = CONTAINER_OF(bus, MemoryBus, base);
    char label[128];
    int at = atomic_load_explicit(&self->n_consumers, memory_order_relaxed);
    assert(at < BUS_CONSUMERS_MAX);
    snprintf(label, sizeof label, "consumer=\"%s\"", consumer);
    self->consumers[at] = (Consumer){ consumer, topics, fn, arg, labelled_metric(&set_aside, label) };
    atomic_store_explicit(&self->n_consumers, at + 1, memory_order_release);
}

/* Consumers run on their publishers' threads only. */
static void memory_stop(Bus *bus)
{
}

static Err memory_check(Bus *bus, Ctx *ctx)
{
    return OK;
}

static void memory_free(Bus *bus)
{
    free(CONTAINER_OF(bus, MemoryBus, base));
}

static const BusOps memory_ops = {
    .driver = "memory",
    .publish = memory_publish,
    .consume = memory_consume,
    .consumer = memory_consumer,
    .publish_to = memory_publish_to,
    .stop = memory_stop,
    .check = memory_check,
    .free = memory_free,
};

Bus *memory_bus_new(void)
{
    MemoryBus *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &memory_ops;
    return &self->base;
}
