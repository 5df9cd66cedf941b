/* The other processes: clients of the services that do not run here, and the gRPC server by which others reach those that
 * do. Loads the gRPC module only when the settings ask for either. On the main thread. */
#pragma once
#include "app/health.h"
#include "app/hosts.h"
#include "app/plan.h"
#include "rpc/rpc.h"

typedef struct Remotes {
    const Plan *plan;
    int unused;
} Remotes;

/* Makes the clients into `hosts`. Services that do not answer yet are no failure. */
MUST_CHECK Err remotes_open(Ctx *ctx, const Plan *plan, Rpc *rpc, Host *hosts, Remotes *out_remotes);
/* /readyz tells which of them answer. */
void remotes_add_checks(Remotes *remotes, Health *health);
/* Once all services here can answer. */
MUST_CHECK Err remotes_listen(Ctx *ctx, const Plan *plan, Rpc *rpc, Remotes *remotes);
/* Takes no new calls, lets those that run finish within within_ms. Accepts a zeroed one. */
void remotes_stop_listening(Remotes *remotes, uint32_t within_ms);
/* When nobody calls any more and the clients are freed. Accepts a zeroed one. */
void remotes_close(Remotes *remotes);
