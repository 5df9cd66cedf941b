/* See remotes.h. */
#include "app/remotes.h"

Err remotes_open(Ctx *ctx, const Plan *plan, Rpc *rpc, Host *hosts, Remotes *remotes)
{
    remotes->plan = plan;
    return OK;
}

void remotes_add_checks(Remotes *remotes, Health *health)
{
}

Err remotes_listen(Ctx *ctx, const Plan *plan, Rpc *rpc, Remotes *remotes)
{
    return OK;
}

void remotes_stop_listening(Remotes *remotes, uint32_t within_ms)
{
}

void remotes_close(Remotes *remotes)
{
}
