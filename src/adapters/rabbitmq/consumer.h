/* The consuming half of the bus: a connection and a thread per consumer. One event at a time, in order: an event that shall be
 * tried again is tried again here, and those behind it wait. It is acknowledged after it was handled, so that one that
 * was under way when this process died is delivered again. */
#pragma once
#include "adapters/rabbitmq/conn.h"

typedef struct Consumer Consumer;

/* Begins to consume. Borrows all but *queue. */
Consumer *consumer_new(const RabbitmqAddress *address, const RabbitmqQueue *queue, uint32_t prefetch, BusFn fn,
                       void *arg);
/* First tell all, then free each: waits until fn has returned. What was not handled goes to another process, or waits. */
void consumer_tell_to_stop(Consumer *consumer);
/* Accepts NULL. */
void consumer_free(Consumer *consumer);
