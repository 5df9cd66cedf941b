/* The publishing half of the bus: one connection on one thread. Callers pass their events and wait until the broker has
 * confirmed them; all callers share one window of unconfirmed events. */
#pragma once
#include "adapters/rabbitmq/conn.h"
#include "adapters/rabbitmq/queues.h"

typedef struct Publisher Publisher;

/* first: an open connection or NULL; taken over. Borrows the rest. queues: declared before anything is published. */
Publisher *publisher_new(const RabbitmqAddress *address, const Queues *queues, uint32_t confirm_timeout_ms,
                         amqp_connection_state_t first);
/* Fails waiting batches. Accepts NULL. */
void publisher_free(Publisher *publisher);

/* As bus_publish_many(). */
ON_WORKER MUST_CHECK Err publisher_publish(Publisher *publisher, Ctx *ctx, const BusEvent *events, size_t n,
                                           size_t *out_done);
/* ERR_UNAVAILABLE with the reason, while there is no connection. */
ON_WORKER MUST_CHECK Err publisher_check(Publisher *publisher, Ctx *ctx);
