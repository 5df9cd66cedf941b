/* A service as the process that hosts it sees it. Each service defines one ServiceSpec, NAME_spec in services/NAME/spec.c;
 * src/app/services.def lists the services. On the main thread, at start and stop. */
#pragma once
#include "ports/bus.h"
#include "ports/cache.h"
#include "ports/db.h"
#include "ports/outbox.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

/* What a service is given. All are borrowed and outlive it. */
typedef struct ServiceDeps {
    Db *db; /* with the service's own schema */
    Outbox *outbox;
    Cache *cache;
    Bus *bus;
    Identity *identity;
    const void *config; /* of the service's own type, such as AuthConfig; NULL when no setting concerns it */
    RpcClient *(*client)(void *arg, const char *name);
    void *arg;
} ServiceDeps;

/* A client of another service, wherever that runs. `name` is one that the service's row says it calls. */
static inline RpcClient *service_client(const ServiceDeps *deps, const char *name)
{
    return deps->client(deps->arg, name);
}

typedef struct ServiceSpec {
    const RpcService *contract;
    const DbSchema *schema;
    const OutboxQueries *outbox_queries;
    /* What its consumer takes from the bus, as of bus_consume(); NULL: nothing. */
    const char *const *topics;
    /* Handles an event; its `arg` is the service. NULL: there are no topics, or `open` registers the consumer itself. */
    BusFn on_event;
    /* *out_service is what `contract` takes as its service. On failure the story is in ctx, and *out_service is NULL. */
    Err (*open)(Ctx *ctx, const ServiceDeps *deps, void **out_service);
    /* After the last call and the last event. Accepts NULL. */
    void (*close)(void *service);
} ServiceSpec;
