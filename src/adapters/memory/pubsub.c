/* Delivery is a call on the publisher's thread: nothing queues, nothing is lost, and the publisher's order holds.
 * Subscriptions are ignored: every receiver filters what it wants, as the port permits. */
#include "adapters/memory/pubsub.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ATTACHED_MAX 8

typedef struct Attached {
    PubsubFn fn;
    void *arg;
} Attached;

typedef struct MemoryPubsub {
    Pubsub base;
    Attached attached[ATTACHED_MAX]; /* written before n_attached counts them */
    /* atomic */
    atomic_int n_attached;
} MemoryPubsub;

static void deliver(const MemoryPubsub *self, const PubsubMessage *message)
{
    assert(message->topic.len > 0 && message->topic.len <= PUBSUB_TOPIC_MAX);
    int n_attached = atomic_load_explicit(&self->n_attached, memory_order_acquire);
    for (int i = 0; i < n_attached; i++) self->attached[i].fn(self->attached[i].arg, message->topic, message->payload);
}

static Err memory_publish(Pubsub *pubsub, Ctx *ctx, const PubsubMessage *messages, size_t n, size_t *out_done)
{
    for (*out_done = 0; *out_done < n; (*out_done)++)
        deliver(CONTAINER_OF(pubsub, MemoryPubsub, base), &messages[*out_done]);
    return OK;
}

/* Nothing is ever lost here. */
static void memory_attach(Pubsub *pubsub, PubsubFn fn, PubsubLostFn on_lost, void *arg)
{
    MemoryPubsub *self = CONTAINER_OF(pubsub, MemoryPubsub, base);
    int at = atomic_load_explicit(&self->n_attached, memory_order_relaxed);
    assert(at < ATTACHED_MAX);
    self->attached[at] = (Attached){ fn, arg };
    atomic_store_explicit(&self->n_attached, at + 1, memory_order_release);
}

static void memory_subscribe(Pubsub *pubsub, Str topic)
{
}

static Err memory_check(Pubsub *pubsub, Ctx *ctx)
{
    return OK;
}

static void memory_free(Pubsub *pubsub)
{
    free(CONTAINER_OF(pubsub, MemoryPubsub, base));
}

static const PubsubOps memory_ops = {
    .driver = "memory",
    .publish = memory_publish,
    .attach = memory_attach,
    .subscribe = memory_subscribe,
    .unsubscribe = memory_subscribe,
    .settle = memory_check,
    .check = memory_check,
    .free = memory_free,
};

Pubsub *memory_pubsub_new(void)
{
    MemoryPubsub *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &memory_ops;
    return &self->base;
}
