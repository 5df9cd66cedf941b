/* Ports and drivers. See drivers.h. */
#include "app/drivers.h"

#include <unistd.h>

#include "adapters/kafka/kafka.h"
#include "adapters/memory/bus.h"
#include "adapters/memory/cache.h"
#include "adapters/memory/pubsub.h"
#include "adapters/postgres/postgres.h"
#include "adapters/redis/redis.h"
#include "adapters/sqlite/sqlite.h"
#include "app/module.h"
#include "app/services.h"
#include "base/log.h"
#include "runtime/clock.h"

#define RETRY_MS 500 /* between attempts to reach a database at startup */

static Str text_or_empty(const char *text)
{
    return str_of(text ? text : "");
}

/* --- cache and pubsub --- */

/* The functions of molva-redis.so. */
typedef struct RedisModule {
    __typeof__(redis_open) *open;
    __typeof__(redis_close) *close;
    __typeof__(redis_cache_new) *cache_new;
    __typeof__(redis_pubsub_new) *pubsub_new;
} RedisModule;

static RedisModule redis_module; /* fixed after drivers_open() */

static Err load_redis(Ctx *ctx)
{
    const struct {
        const char *name;
        void *at;
    } functions[] = {
        { "redis_open", &redis_module.open },
        { "redis_close", &redis_module.close },
        { "redis_cache_new", &redis_module.cache_new },
        { "redis_pubsub_new", &redis_module.pubsub_new },
    };
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        Err err = module_symbol(ctx, "redis", functions[i].name, functions[i].at);
        if (err) return err;
    }
    return OK;
}

static Err open_redis(Ctx *ctx, const Plan *plan, Drivers *drivers)
{
    RedisConfig config = { .url = str_of(plan->settings->redis), .password = text_or_empty(plan->redis_password) };
    Err err = load_redis(ctx);
    if (!err) err = redis_module.open(ctx, &config, &drivers->redis);
    if (err) return err;
    drivers->cache = redis_module.cache_new(drivers->redis);
    drivers->pubsub = redis_module.pubsub_new(drivers->redis);
    return OK;
}

static Err open_cache(Ctx *ctx, const Plan *plan, Drivers *drivers)
{
    if (plan->cache == CACHE_REDIS) return open_redis(ctx, plan, drivers);
    drivers->cache = memory_cache_new((size_t)plan->settings->cache_mib << 20);
    drivers->pubsub = memory_pubsub_new();
    return OK;
}

/* --- bus --- */

size_t drivers_queues_elsewhere(const Plan *plan, RabbitmqQueue queues[SERVICES])
{
    size_t n = 0;
    for (int i = 0; i < SERVICES; i++) {
        const ServiceSpec *spec = service_spec((ServiceId)i);
        if (!plan->hosts[i] && spec->topics) queues[n++] = (RabbitmqQueue){ service_name((ServiceId)i), spec->topics };
    }
    return n;
}

static Err open_rabbitmq(Ctx *ctx, const Plan *plan, Drivers *drivers)
{
    RabbitmqQueue queues[SERVICES];
    RabbitmqConfig config = { .url = str_of(plan->settings->bus), .password = text_or_empty(plan->bus_password) };
    __typeof__(rabbitmq_open) *open;
    config.queues = queues;
    config.n_queues = drivers_queues_elsewhere(plan, queues);
    Err err = module_symbol(ctx, "rabbitmq", "rabbitmq_open", &open);
    return err ? err : open(ctx, &config, &drivers->bus);
}

/* A new Kafka consumer group starts at the oldest event, so nothing needs to be declared in advance. */
static Err open_kafka(Ctx *ctx, const Plan *plan, Drivers *drivers)
{
    KafkaConfig config = { .url = str_of(plan->settings->bus), .password = text_or_empty(plan->bus_password) };
    __typeof__(kafka_open) *open;
    Err err = module_symbol(ctx, "kafka", "kafka_open", &open);
    return err ? err : open(ctx, &config, &drivers->bus);
}

static Err open_bus(Ctx *ctx, const Plan *plan, Drivers *drivers)
{
    switch (plan->bus) {
    case BUS_RABBITMQ: return open_rabbitmq(ctx, plan, drivers);
    case BUS_KAFKA: return open_kafka(ctx, plan, drivers);
    case BUS_MEMORY: break;
    }
    drivers->bus = memory_bus_new();
    return OK;
}

/* --- databases --- */

static Err open_postgres(Ctx *ctx, const Plan *plan, ServiceId service, const DbSchema *schema, Db **out_db)
{
    __typeof__(postgres_open) *open;
    PostgresConfig config = POSTGRES_CONFIG_DEFAULT;
    config.url = plan->database_urls[service];
    config.password_file = plan->database_password_files[service];
    config.connections = (unsigned)plan->settings->database_connections;
    Err err = module_symbol(ctx, "postgres", "postgres_open", &open);
    return err ? err : open(ctx, &config, schema, out_db);
}

ON_WORKER static Err open_once(Ctx *ctx, const Plan *plan, ServiceId service, const DbSchema *schema, Db **out_db)
{
    if (plan->db == DB_POSTGRES) return open_postgres(ctx, plan, service, schema, out_db);
    return sqlite_open(ctx, plan->settings->data, schema, NULL, out_db);
}

Err drivers_open_db(Ctx *ctx, const Plan *plan, ServiceId service, const DbSchema *schema, Db **out_db)
{
    int64_t until_ms = clock_monotonic_ms() + plan->settings->start_wait_seconds * 1000;
    bool is_told = false;
    for (;;) {
        Err err = open_once(ctx, plan, service, schema, out_db);
        if (err != ERR_UNAVAILABLE || plan->db == DB_SQLITE || clock_monotonic_ms() >= until_ms) return err;
        if (!is_told) log_failure(LOG_WARN, ctx, "server.waiting_for_database");
        is_told = true;
        ctx_clear(ctx);
        usleep(RETRY_MS * 1000);
    }
}

/* --- all --- */

Err drivers_open(Ctx *ctx, const Plan *plan, Drivers *drivers)
{
    Err err = OK;
    drivers->plan = plan;
    if (plan->db == DB_SQLITE) err = data_dir_open(ctx, plan->settings->data, &drivers->data_dir);
    if (!err) err = open_cache(ctx, plan, drivers);
    if (!err) err = open_bus(ctx, plan, drivers);
    return err;
}

void drivers_close(Drivers *drivers)
{
    bus_free(drivers->bus);
    pubsub_free(drivers->pubsub);
    cache_free(drivers->cache);
    if (drivers->redis) redis_module.close(drivers->redis);
    data_dir_close(drivers->data_dir);
    *drivers = (Drivers){ 0 };
}
