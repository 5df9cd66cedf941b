/* The service's interface to its host process. See rpc/service.h. */
#include "rpc/service.h"

#include "group_service.h"
#include "services/group/group.h"

static Err open_service(Ctx *ctx, const ServiceDeps *deps, void **out_service)
{
    thread_role_assert(THREAD_WORKER);
    const GroupConfig *config = deps->config;
    *out_service = group_open(ctx, deps->db, deps->outbox, deps->cache, service_client(deps, "auth"), config);
    return *out_service ? OK : ctx->err;
}

static void close_service(void *service)
{
    group_close(service);
}

const ServiceSpec group_spec = {
    .contract = &group_rpc,
    .schema = &group_schema,
    .outbox_queries = &group_outbox_queries,
    .topics = group_topics,
    .on_event = group_on_event,
    .open = open_service,
    .close = close_service,
};
