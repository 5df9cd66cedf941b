/* The service's interface to its host process. See rpc/service.h. */
#include "rpc/service.h"

#include "notification_service.h"
#include "services/notification/notification.h"

static Err open_service(Ctx *ctx, const ServiceDeps *deps, void **out_service)
{
    thread_role_assert(THREAD_WORKER);
    *out_service = notification_open(deps->db, deps->outbox, deps->bus, service_client(deps, "group"),
                                     &notification_config_default);
    return OK;
}

static void close_service(void *service)
{
    notification_close(service);
}

const ServiceSpec notification_spec = {
    .contract = &notification_rpc,
    .schema = &notification_schema,
    .outbox_queries = &notification_outbox_queries,
    .topics = notification_topics,
    .open = open_service,
    .close = close_service,
};
