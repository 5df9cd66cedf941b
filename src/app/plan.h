/* The settings interpreted as a whole: the services that run here, the drivers behind the ports, the addresses of other
 * services. Read and checked before anything is opened, so that a wrong setting produces one line and leaves nothing
 * behind. */
#pragma once
#include "app/settings.h"
#include "net/proxies.h"
#include "rpc/service_token.h"

/* SERVICE_AUTH and so on, in the order of services.def. */
typedef enum ServiceId {
#define SERVICE(name, NAME, calls, copies) SERVICE_##NAME,
#include "app/services.def"
#undef SERVICE
    SERVICES
} ServiceId;

typedef enum DbKind { DB_SQLITE, DB_POSTGRES } DbKind;
typedef enum CacheKind { CACHE_MEMORY, CACHE_REDIS } CacheKind; /* and pubsub */
typedef enum BusKind { BUS_MEMORY, BUS_RABBITMQ, BUS_KAFKA } BusKind;

typedef struct Plan {
    const Settings *settings;
    bool hosts[SERVICES];
    const char *targets[SERVICES];       /* address of a service that is not here; NULL if nothing here needs it */
    const char *database_urls[SERVICES]; /* of the hosted ones; NULL on SQLite */
    const char *database_password_files[SERVICES]; /* NULL: none */
    const char *redis_password, *bus_password;
    Str service_key; /* empty: not needed */
    Proxies proxies; /* in front of this process */
    DbKind db;
    CacheKind cache;
    BusKind bus;
} Plan;

/* As in services.def, "auth". */
const char *service_name(ServiceId service);
/* True when all services run here. */
bool plan_is_whole(const Plan *plan);

/* False, with one line on `err` that says which setting, what is wrong and how to fix it. Results live in the arena. */
bool plan_read(Arena *arena, const Settings *settings, FILE *err, Plan *out_plan);
