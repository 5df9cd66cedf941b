/* The interface between a service and the process that hosts it. Each service defines one ServiceSpec, NAME_spec in
 * services/NAME/spec.c; src/app/services.def lists the services. On the main thread, at startup and shutdown. */
#pragma once
#include "ports/bus.h"
#include "ports/cache.h"
#include "ports/db.h"
#include "ports/outbox.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

/* The dependencies of a service. All are borrowed and outlive it. */
typedef struct ServiceDeps {
    Db *db; /* with the service's own schema */
    Outbox *outbox;
    Cache *cache;
    Bus *bus;
    Identity *identity;
    const void *config; /* of the service's own type, such as AuthConfig; NULL if no setting concerns it */
    RpcClient *(*client)(void *arg, const char *name);
    void *arg;
} ServiceDeps;

/* A client of another service, wherever it runs. `name` must be among the calls in the service's row. */
static inline RpcClient *service_client(const ServiceDeps *deps, const char *name)
{
    return deps->client(deps->arg, name);
}

typedef struct ServiceSpec {
    const RpcService *contract;
    const DbSchema *schema;
    const OutboxQueries *outbox_queries;
    /* Bus topics it consumes, as of bus_consume(); NULL: none. */
    const char *const *topics;
    /* Handles an event; `arg` is the service. NULL if there are no topics, or if `open` registers the consumer
     * itself. */
    BusFn on_event;
    /* *out_service is the service passed to `contract`. On failure the text is in ctx, and *out_service is NULL. */
    Err (*open)(Ctx *ctx, const ServiceDeps *deps, void **out_service);
    /* After the last call and the last event. Accepts NULL. */
    void (*close)(void *service);
} ServiceSpec;
