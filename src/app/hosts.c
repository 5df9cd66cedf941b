/* Opens and closes the services, in opposite orders. See hosts.h. */
#include "app/hosts.h"

#include "app/services.h"
#include "services/group/group.h"

AuthConfig auth_config_of(const Settings *settings)
{
    AuthConfig config = auth_config_default();
    config.registration = strcmp(settings->registration, "open") == 0     ? AUTH_REGISTRATION_OPEN
                          : strcmp(settings->registration, "closed") == 0 ? AUTH_REGISTRATION_CLOSED
                                                                          : AUTH_REGISTRATION_INVITE;
    config.people_listed = setting_on(settings->people_list);
    config.throttle = setting_on(settings->rate_limits);
    config.access_ttl_s = (uint32_t)settings->access_token_seconds;
    config.refresh_ttl_ms = settings->refresh_token_days * 86400000;
    config.key_rotation_ms = settings->key_rotation_days * 86400000;
    config.password_memory = (size_t)settings->password_memory_kib * 1024;
    config.password_passes = (uint32_t)settings->password_passes;
    config.password_threads = (uint32_t)settings->password_threads;
    return config;
}

static RpcClient *client_by_name(void *arg, const char *name)
{
    Hosts *hosts = arg;
    for (int i = 0; i < SERVICES; i++)
        if (strcmp(service_name((ServiceId)i), name) == 0) return hosts->of[i].client;
    return NULL;
}

static const AuthConfig *auth_config(Ctx *ctx, const Settings *settings)
{
    AuthConfig *config = arena_new_of(ctx->arena, AuthConfig);
    *config = auth_config_of(settings);
    return config;
}

static const GroupConfig *group_config(Ctx *ctx, const Settings *settings)
{
    GroupConfig *config = arena_new_of(ctx->arena, GroupConfig);
    *config = group_config_default;
    if (setting_on(settings->rate_limits)) config->adds_per_hour = (uint32_t)settings->adds_per_hour;
    return config;
}

/* The services that settings concern; the others have none. */
static const void *config_of(Ctx *ctx, const Hosts *hosts, ServiceId id)
{
    switch (id) {
    case SERVICE_AUTH: return auth_config(ctx, hosts->plan->settings);
    case SERVICE_GROUP: return group_config(ctx, hosts->plan->settings);
    default: return NULL;
    }
}

static Err open_service(Hosts *hosts, Ctx *ctx, ServiceId id)
{
    const ServiceSpec *spec = service_spec(id);
    Host *host = &hosts->of[id];
    ServiceDeps deps = { .db = host->db,
                         .outbox = host->outbox,
                         .cache = hosts->drivers->cache,
                         .bus = hosts->drivers->bus,
                         .identity = hosts->identity,
                         .config = config_of(ctx, hosts, id),
                         .client = client_by_name,
                         .arg = hosts };
    Err err = spec->open(ctx, &deps, &host->service);
    if (err) return err;
    if (spec->on_event) bus_consume(deps.bus, service_name(id), spec->topics, spec->on_event, host->service);
    return OK;
}

ON_WORKER static Err open_one(Hosts *hosts, Ctx *ctx, ServiceId id, const char **out_what)
{
    const ServiceSpec *spec = service_spec(id);
    Host *host = &hosts->of[id];
    *out_what = str_fmt(ctx->arena, "cannot open the database of %s", service_name(id)).ptr;
    Err err = drivers_open_db(ctx, hosts->plan, id, spec->schema, &host->db);
    if (err) return err;
    host->outbox =
        outbox_open(service_name(id), host->db, spec->outbox_queries, hosts->drivers->pubsub, hosts->drivers->bus);
    *out_what = str_fmt(ctx->arena, "cannot start %s", service_name(id)).ptr;
    err = open_service(hosts, ctx, id);
    if (err) return err;
    host->client = rpc_client_local(spec->contract, host->service);
    rpc_register(hosts->rpc, spec->contract, host->service);
    return OK;
}

Err hosts_open(Hosts *hosts, Ctx *ctx, const char **out_what)
{
    for (int i = 0; i < SERVICES; i++) {
        if (!hosts->plan->hosts[i]) continue;
        Err err = open_one(hosts, ctx, (ServiceId)i, out_what);
        if (err) return err;
    }
    return OK;
}

void hosts_start_outboxes(Hosts *hosts)
{
    for (int i = 0; i < SERVICES; i++)
        if (hosts->of[i].outbox) outbox_start(hosts->of[i].outbox);
}

void hosts_stop_outboxes(Hosts *hosts)
{
    for (int i = 0; i < SERVICES; i++)
        if (hosts->of[i].outbox) outbox_stop(hosts->of[i].outbox);
}

void hosts_close(Hosts *hosts)
{
    for (int i = 0; i < SERVICES; i++) outbox_close(TAKE_PTR(hosts->of[i].outbox));
    for (int i = SERVICES; i-- > 0;) service_spec((ServiceId)i)->close(TAKE_PTR(hosts->of[i].service));
    for (int i = SERVICES; i-- > 0;) {
        rpc_client_free(hosts->of[i].client);
        db_free(hosts->of[i].db);
    }
}
