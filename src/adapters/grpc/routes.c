/* Routes a call to its handler: above the server and the handlers, so that neither needs to know the other. */
#include "adapters/grpc/answers.h"
#include "adapters/grpc/server.h"

static const struct {
    const char *path;
    void (*start)(ServerCall *call);
} own_methods[] = {
    { "/grpc.health.v1.Health/Check", health_check },
    { "/grpc.health.v1.Health/Watch", health_watch },
    { "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", reflection_info },
    /* Clients of before 2023; the messages are the same. */
    { "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", reflection_info },
};

static void route(ServerCall *call)
{
    Str path = server_call_path(call);
    call->method = rpc_find_path(server_rpc(call->server), path);
    if (call->method) {
        unary_start(call);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(own_methods); i++) {
        if (!str_eq(path, str_of(own_methods[i].path))) continue;
        own_methods[i].start(call);
        return;
    }
    server_call_fail(call, ERR_UNIMPLEMENTED, STR("this process does not host that method"));
}

Err grpc_server_open(Ctx *ctx, Grpc *grpc, Rpc *rpc, const GrpcServerConfig *config, GrpcServer **out_server)
{
    return server_open(ctx, grpc, rpc, config, route, out_server);
}
