/* The consuming half of the bus: a connection and a thread per consumer. One event at a time, in order: retries happen
 * here, and later events wait. An event is acknowledged after it was handled, so one in progress when this process dies
 * is redelivered. */
#pragma once
#include "adapters/rabbitmq/conn.h"

typedef struct Consumer Consumer;

/* Starts consuming. Borrows everything except *queue. */
Consumer *consumer_new(const RabbitmqAddress *address, const RabbitmqQueue *queue, uint32_t prefetch, BusFn fn,
                       void *arg);
/* Stop all first, then free each: waits until fn has returned. Unhandled events go to another process, or wait. */
void consumer_tell_to_stop(Consumer *consumer);
/* Accepts NULL. */
void consumer_free(Consumer *consumer);
