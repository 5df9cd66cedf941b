/* See remotes.h. */
#include "app/remotes.h"

#include "app/module.h"
#include "app/services.h"
#include "base/log.h"

/* "auth,group": our identity towards other processes. */
static const char *process_name(Arena *arena, const Plan *plan)
{
    StrBuf name;
    strbuf_init(&name, arena);
    for (int i = 0; i < SERVICES; i++)
        if (plan->hosts[i]) strbuf_fmt(&name, "%s%s", name.len ? "," : "", service_name((ServiceId)i));
    return str_cstr(arena, strbuf_str(&name));
}

static bool needs_grpc(const Plan *plan)
{
    for (int i = 0; i < SERVICES; i++)
        if (plan->targets[i]) return true;
    return *plan->settings->grpc_listen;
}

static Err open_engine(Ctx *ctx, const Plan *plan, Rpc *rpc, Remotes *remotes)
{
    Err err = module_symbol(ctx, "grpc", GRPC_MODULE_SYMBOL, &remotes->module);
    if (err) return err;
    remotes->key = service_key_new(plan->service_key);
    rpc_set_service_key(rpc, remotes->key);
    GrpcConfig config = { .process = process_name(ctx->arena, plan),
                          .key = remotes->key,
                          .workers = (unsigned)plan->settings->workers };
    return remotes->module->engine_open(ctx, &config, &remotes->grpc);
}

Err remotes_open(Ctx *ctx, const Plan *plan, Rpc *rpc, Hosts *hosts, Remotes *remotes)
{
    if (!needs_grpc(plan)) return OK;
    Err err = open_engine(ctx, plan, rpc, remotes);
    if (err) return err;
    for (int i = 0; i < SERVICES; i++) {
        const RpcService *contract = service_spec((ServiceId)i)->contract;
        if (plan->hosts[i]) remotes->hosted[remotes->n_hosted++] = contract;
        if (!plan->targets[i]) continue;
        RpcClient *client = remotes->module->client_new(remotes->grpc, contract, plan->targets[i]);
        hosts->of[i].client = client;
        remotes->clients[i] = (struct RemoteClient){ remotes, client };
        /* A socket here may call any method. */
        if (plan->hosts[SERVICE_NOTIFICATION]) rpc_register_remote(rpc, contract, client);
    }
    return OK;
}

static Err check(void *arg, Ctx *ctx)
{
    const struct RemoteClient *remote = arg;
    return remote->remotes->module->client_check(remote->client, ctx);
}

/* Optional: calls that need an unavailable service fail, but taking this process out of rotation would not help. */
void remotes_add_checks(Remotes *remotes, Health *health)
{
    for (int i = 0; i < SERVICES; i++)
        if (remotes->clients[i].client)
            health_add_check(health, service_name((ServiceId)i), HEALTH_WANTED, check, &remotes->clients[i]);
}

Err remotes_listen(Ctx *ctx, const Plan *plan, Rpc *rpc, Remotes *remotes)
{
    const char *address = plan->settings->grpc_listen;
    if (!*address) return OK;
    GrpcServerConfig config = { .address = address, .services = remotes->hosted, .n_services = remotes->n_hosted };
    Err err = remotes->module->server_open(ctx, remotes->grpc, rpc, &config, &remotes->server);
    if (err) return err;
    remotes->module->server_ready(remotes->server, true);
    log_info(NULL, "grpc.listening", log_int("port", remotes->module->server_port(remotes->server)));
    return OK;
}

void remotes_drain(Remotes *remotes, uint32_t within_ms)
{
    if (remotes->server) remotes->module->server_drain(remotes->server, within_ms);
}

void remotes_stop(Remotes *remotes)
{
    if (remotes->server) remotes->module->server_close(TAKE_PTR(remotes->server));
}

void remotes_close(Remotes *remotes)
{
    remotes_stop(remotes);
    if (remotes->grpc) remotes->module->engine_close(remotes->grpc);
    service_key_free(remotes->key);
    *remotes = (Remotes){ 0 };
}
