/* Ports and drivers. See drivers.h. */
#include "app/drivers.h"

#include "adapters/memory/bus.h"
#include "adapters/memory/cache.h"
#include "adapters/memory/pubsub.h"
#include "adapters/sqlite/sqlite.h"
#include "app/module.h"
#include "base/log.h"

Err drivers_open(Ctx *ctx, const Plan *plan, WorkerPool *workers, Drivers *drivers)
{
    const Settings *settings = plan->settings;
    drivers->plan = plan;
    if (plan->db == DB_SQLITE) {
        Err err = data_dir_open(ctx, settings->data, &drivers->data_dir);
        if (err) return err;
    }
    drivers->cache = memory_cache_new((size_t)settings->cache_mib << 20);
    drivers->pubsub = memory_pubsub_new();
    drivers->bus = memory_bus_new();
    return OK;
}

Err drivers_open_db(Ctx *ctx, const Plan *plan, ServiceId service, const DbSchema *schema, Db **out_db)
{
    return sqlite_open(ctx, plan->settings->data, schema, NULL, out_db);
}

void drivers_close(Drivers *drivers)
{
    bus_free(drivers->bus);
    pubsub_free(drivers->pubsub);
    cache_free(drivers->cache);
    data_dir_close(drivers->data_dir);
    *drivers = (Drivers){ 0 };
}
