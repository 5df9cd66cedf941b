/* The service's interface to its host process. See rpc/service.h. */
#include "rpc/service.h"

#include "auth_service.h"
#include "services/auth/auth.h"

static Err open_service(Ctx *ctx, const ServiceDeps *deps, void **out_service)
{
    thread_role_assert(THREAD_WORKER);
    AuthService *svc = NULL;
    Err err = auth_open(ctx, deps->db, deps->outbox, deps->cache, deps->identity, deps->config, &svc);
    *out_service = svc;
    return err;
}

static void close_service(void *service)
{
    auth_close(service);
}

const ServiceSpec auth_spec = {
    .contract = &auth_rpc,
    .schema = &auth_schema,
    .outbox_queries = &auth_outbox_queries,
    .open = open_service,
    .close = close_service,
};
