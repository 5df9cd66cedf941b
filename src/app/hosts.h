/* The services: those hosted here with their database and outbox, and the clients by which each is called, wherever it
 * runs. On the main thread. */
#pragma once
#include "app/drivers.h"
#include "app/plan.h"
#include "ports/outbox.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"
#include "services/auth/auth.h"

typedef struct Host {
    Db *db; /* NULL: it runs elsewhere */
    Outbox *outbox;
    void *service;     /* AuthService and so on */
    RpcClient *client; /* NULL if nothing here calls it */
} Host;

typedef struct Hosts {
    const Plan *plan;
    Drivers *drivers;
    Rpc *rpc;
    Identity *identity;
    Host of[SERVICES];
} Hosts;

AuthConfig auth_config_of(const Settings *settings);

/* Opens the hosted services, in the order in which they call each other; clients of the others are already in `of`. On
 * failure the text is in ctx, and *out_what names the failed step. */
ON_WORKER MUST_CHECK Err hosts_open(Hosts *hosts, Ctx *ctx, const char **out_what);
/* Once every consumer is registered. */
void hosts_start_outboxes(Hosts *hosts);
/* Publishes what can be published. Calls may still run and leave events for the next start. */
void hosts_stop_outboxes(Hosts *hosts);
/* After the last call and the last event. Accepts a zeroed one. */
void hosts_close(Hosts *hosts);
