/* Selects the driver behind each port according to the plan; the only place that names both. On the main thread. */
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
    DataDir *data_dir; /* NULL if nothing is stored here */
    Redis *redis;      /* or NULL */
    Cache *cache;
    Pubsub *pubsub;
    Bus *bus;
} Drivers;

/* Opens the drivers of cache, pubsub and bus, and locks the data directory if anything is stored in it. Unreachable
 * servers are not an error, because correctness does not depend on them. */
ON_WORKER MUST_CHECK Err drivers_open(Ctx *ctx, const Plan *plan, Drivers *out_drivers);
/* The database of a service hosted here. Waits start_wait_seconds for one that does not answer. */
ON_WORKER MUST_CHECK Err drivers_open_db(Ctx *ctx, const Plan *plan, ServiceId service, const DbSchema *schema,
                                         Db **out_db);
/* The queues of services in other processes, so that they exist before their consumers start. Returns their number. */
size_t drivers_queues_elsewhere(const Plan *plan, RabbitmqQueue out_queues[SERVICES]);
/* Once nobody uses them any more. Accepts a zeroed one. */
void drivers_close(Drivers *drivers);
