/* What the settings ask for, as a whole: which services run here, what stands behind each port, where the other services
 * are. Read and checked before anything is opened, so that a wrong setting is one line and leaves nothing behind. */
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
    const char *targets[SERVICES];       /* where a service is that is not here; NULL when nobody here needs it */
    const char *database_urls[SERVICES]; /* of the hosted ones; NULL on SQLite */
    const char *database_password_files[SERVICES]; /* NULL: none */
    const char *redis_password, *bus_password;
    Str service_key; /* empty: none is needed */
    Proxies proxies; /* in front of this process */
    DbKind db;
    CacheKind cache;
    BusKind bus;
} Plan;

/* As in services.def, "auth". */
const char *service_name(ServiceId service);
/* True when all services run here. */
bool plan_is_whole(const Plan *plan);

/* False, with one line on `err` that says which setting, what is wrong and what to do. What it finds lives in the arena. */
bool plan_read(Arena *arena, const Settings *settings, FILE *err, Plan *out_plan);
