/* Which driver stands behind which port, as the plan says. The one place that names both. On the main thread. */
#pragma once
#include "adapters/disk/data_dir.h"
#include "adapters/rabbitmq/rabbitmq.h"
#include "app/plan.h"
#include "ports/bus.h"
#include "ports/cache.h"
#include "ports/db.h"
#include "ports/pubsub.h"

typedef struct Redis Redis; /* adapters/redis */

typedef struct Drivers {
    const Plan *plan;
    DataDir *data_dir; /* NULL when nothing is kept here */
    Redis *redis;      /* or NULL */
    Cache *cache;
    Pubsub *pubsub;
    Bus *bus;
} Drivers;

/* Opens what stands behind cache, pubsub and bus, and takes the data folder when something is kept there. Servers that
 * do not answer yet are no failure: correctness does not rest on them. */
ON_WORKER MUST_CHECK Err drivers_open(Ctx *ctx, const Plan *plan, Drivers *out_drivers);
/* The database of a service that is hosted here. Waits start_wait_seconds for one that does not answer. */
ON_WORKER MUST_CHECK Err drivers_open_db(Ctx *ctx, const Plan *plan, ServiceId service, const DbSchema *schema,
                                         Db **out_db);
/* The queues that services in other processes consume, so that they are there before their consumers. How many. */
size_t drivers_queues_elsewhere(const Plan *plan, RabbitmqQueue out_queues[SERVICES]);
/* When nobody uses them any more. Accepts a zeroed one. */
void drivers_close(Drivers *drivers);
