/* The queues known to this process: of its consumers, and those given at open. Added to at startup, read by any
 * thread. */
#pragma once
#include <stdatomic.h>

#include "adapters/rabbitmq/rabbitmq.h"

#define QUEUES_MAX 32

/* A zeroed one is empty. */
typedef struct Queues {
    RabbitmqQueue all[QUEUES_MAX]; /* written before n counts them */
    atomic_int n;
} Queues;

static inline void queues_add(Queues *queues, RabbitmqQueue queue)
{
    int at = atomic_load_explicit(&queues->n, memory_order_relaxed);
    queues->all[at] = queue;
    atomic_store_explicit(&queues->n, at + 1, memory_order_release);
}

static inline int queues_count(const Queues *queues)
{
    return atomic_load_explicit(&queues->n, memory_order_acquire);
}
