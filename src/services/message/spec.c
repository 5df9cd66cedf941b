/* The service's interface to its host process. See rpc/service.h. */
#include "rpc/service.h"

#include "message_service.h"
#include "services/message/service.h"

static Err open_service(Ctx *ctx, const ServiceDeps *deps, void **out_service)
{
    thread_role_assert(THREAD_WORKER);
    message_send_metrics_register();
    *out_service = message_open(ctx, deps->db, deps->outbox, deps->cache, service_client(deps, "group"));
    return *out_service ? OK : ctx->err;
}

static void close_service(void *service)
{
    message_close(service);
}

const ServiceSpec message_spec = {
    .contract = &message_rpc,
    .schema = &message_schema,
    .outbox_queries = &message_outbox_queries,
    .topics = message_topics,
    .on_event = message_on_event,
    .open = open_service,
    .close = close_service,
};
