/* Opening and closing the services. Whatever is opened first is closed last. See hosts.h. */
#include "app/hosts.h"

#include "group_service.h"
#include "message_service.h"
#include "notification_service.h"

typedef struct Service {
    const RpcService *contract;
    const DbSchema *schema;
    const OutboxQueries *queries;
    Err (*open)(Hosts *hosts, Ctx *ctx, Host *host, void **out_impl);
} Service;

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

static Err open_auth(Hosts *hosts, Ctx *ctx, Host *host, void **out_impl)
{
    AuthConfig config = auth_config_of(hosts->plan->settings);
    Err err = auth_open(ctx, host->db, host->outbox, hosts->drivers->cache, hosts->identity, &config, &hosts->auth);
    *out_impl = hosts->auth;
    return err;
}

static Err open_group(Hosts *hosts, Ctx *ctx, Host *host, void **out_impl)
{
    *out_impl = hosts->group = group_open(ctx, host->db, host->outbox, hosts->drivers->cache,
                                          hosts->of[SERVICE_AUTH].client, &group_config_default);
    if (!hosts->group) return ctx->err;
    bus_consume(hosts->drivers->bus, "group", group_topics, group_on_event, hosts->group);
    return OK;
}

static Err open_message(Hosts *hosts, Ctx *ctx, Host *host, void **out_impl)
{
    *out_impl = hosts->message =
        message_open(ctx, host->db, host->outbox, hosts->drivers->cache, hosts->of[SERVICE_GROUP].client);
    if (!hosts->message) return ctx->err;
    bus_consume(hosts->drivers->bus, "message", message_topics, message_on_event, hosts->message);
    return OK;
}

static Err open_notification(Hosts *hosts, Ctx *ctx, Host *host, void **out_impl)
{
    *out_impl = hosts->notification = notification_open(host->db, host->outbox, hosts->drivers->bus,
                                                        hosts->of[SERVICE_GROUP].client, &notification_config_default);
    return OK;
}

static const Service services[SERVICES] = {
    [SERVICE_AUTH] = { &auth_rpc, &auth_schema, &auth_outbox_queries, open_auth },
    [SERVICE_GROUP] = { &group_rpc, &group_schema, &group_outbox_queries, open_group },
    [SERVICE_MESSAGE] = { &message_rpc, &message_schema, &message_outbox_queries, open_message },
    [SERVICE_NOTIFICATION] = { &notification_rpc, &notification_schema, &notification_outbox_queries,
                               open_notification },
};

const RpcService *service_contract(ServiceId service)
{
    return services[service].contract;
}

static Err open_one(Hosts *hosts, Ctx *ctx, ServiceId id, const char **out_what)
{
    const Service *service = &services[id];
    Host *host = &hosts->of[id];
    void *impl;
    *out_what = str_fmt(ctx->arena, "cannot open the database of %s", service_name(id)).ptr;
    Err err = drivers_open_db(ctx, hosts->plan, id, service->schema, &host->db);
    if (err) return err;
    host->outbox =
        outbox_open(service_name(id), host->db, service->queries, hosts->drivers->pubsub, hosts->drivers->bus);
    *out_what = str_fmt(ctx->arena, "cannot start %s", service_name(id)).ptr;
    err = service->open(hosts, ctx, host, &impl);
    if (err) return err;
    host->client = rpc_client_local(service->contract, impl);
    rpc_register(hosts->rpc, service->contract, impl);
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
    notification_close(hosts->notification);
    message_close(hosts->message);
    group_close(hosts->group);
    auth_close(hosts->auth);
    for (int i = SERVICES; i-- > 0;) {
        rpc_client_free(hosts->of[i].client);
        db_free(hosts->of[i].db);
    }
}
