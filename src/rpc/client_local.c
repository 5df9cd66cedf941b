/* The client for a service that lives in the same process: a function call with another actor. */
#include <stdlib.h>

#include "rpc/rpc.h"

typedef struct LocalClient {
    RpcClient base;
    const RpcService *service;
    void *impl;
} LocalClient;

static Err local_call(RpcClient *client, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                      ProtobufCMessage *response)
{
    LocalClient *self = (LocalClient *)client;
    Actor caller = ctx->actor;
    const char *caller_method = ctx->method;

    ctx->actor.kind = ACTOR_SERVICE; /* acts for the same user */
    ctx->method = method->name;
    Err err = self->service->methods[method->index].handler(self->impl, ctx, request, response);
    ctx->actor = caller;
    ctx->method = caller_method;
    return err;
}

static void local_free(RpcClient *client)
{
    free(client);
}

static const RpcClientOps local_ops = { .driver = "local", .call = local_call, .free = local_free };

RpcClient *rpc_client_local(const RpcService *service, void *impl)
{
    LocalClient *self = calloc(1, sizeof *self);
    if (!self) abort();
    *self = (LocalClient){ .base = { &local_ops }, .service = service, .impl = impl };
    return &self->base;
}

void rpc_client_free(RpcClient *client)
{
    if (client) client->ops->free(client);
}
