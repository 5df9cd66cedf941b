/* Wiring: which driver stands behind which port, who calls whom, and the order of start and stop. Whatever is opened first
 * is closed last; nothing publishes before everybody who listens is there. */
#include "app/server.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/disk/data_dir.h"
#include "adapters/memory/bus.h"
#include "adapters/memory/cache.h"
#include "adapters/memory/pubsub.h"
#include "adapters/sqlite/sqlite.h"
#include "app/health.h"
#include "app/listeners.h"
#include "app/web_assets.h"
#include "base/limits.h"
#include "base/log.h"
#include "group_service.h"
#include "message_service.h"
#include "notification_service.h"
#include "realtime/realtime.h"
#include "rpc/rate_limit.h"
#include "rpc/rest.h"
#include "runtime/clock.h"
#include "services/auth/auth.h"
#include "services/group/group.h"
#include "services/message/message.h"
#include "services/notification/notification.h"

/* A service's own database and outbox, and how the others call it. */
typedef struct Host {
    Db *db;
    Outbox *outbox;
    RpcClient *client;
} Host;

struct Server {
    const Settings *settings;
    DataDir *data_dir;
    WorkerPool *workers;
    Identity *identity;
    RateLimit *rate_limit;
    Cache *cache;
    Pubsub *pubsub;
    Bus *bus;
    Rpc *rpc;
    Rest *rest;
    Health health;
    Listeners listeners;

    Host auth_host, group_host, message_host, notification_host;
    AuthService *auth;
    GroupService *group;
    MessageService *message;
    NotificationService *notification;

    Realtime *realtime;
    Loop *loops[LOOPS_MAX];
    int n_loops;
    const char *origins[2];
    char owner_code[128];
};

/* Start-up errors are for the person at the terminal: what, why. */
static bool refuse(Ctx *ctx, const char *what)
{
    fprintf(stderr, "molva: %s: %s\n", what, ctx->err_text ? ctx->err_text : "no reason given");
    return false;
}

static void open_runtime(Server *server)
{
    const Settings *settings = server->settings;
    server->workers = worker_pool_new("worker", (unsigned)settings->workers, RPC_QUEUE_MAX);
    server->identity = identity_new();
    if (setting_on(settings->rate_limits))
        server->rate_limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    else
        log_warn(NULL, "server.rate_limits_off");
    server->cache = memory_cache_new((size_t)settings->cache_mib << 20);
    server->pubsub = memory_pubsub_new();
    server->bus = memory_bus_new();
    server->rpc = rpc_new(server->workers, server->identity, server->rate_limit);
}

static bool open_host(Server *server, Ctx *ctx, Host *host, const DbSchema *schema, const OutboxQueries *queries)
{
    if (sqlite_open(ctx, server->settings->data, schema, NULL, &host->db))
        return refuse(ctx, "cannot open the database");
    host->outbox = outbox_open(schema->service, host->db, queries, server->pubsub, server->bus);
    int n = server->health.n_dbs++;
    server->health.dbs[n] = host->db;
    server->health.db_names[n] = schema->service;
    return true;
}

static bool open_auth(Server *server, Ctx *ctx)
{
    const Settings *settings = server->settings;
    AuthConfig config = auth_config_default();
    config.registration = strcmp(settings->registration, "open") == 0     ? AUTH_REGISTRATION_OPEN
                          : strcmp(settings->registration, "closed") == 0 ? AUTH_REGISTRATION_CLOSED
                                                                          : AUTH_REGISTRATION_INVITE;
    config.throttle = setting_on(settings->rate_limits);
    config.access_ttl_s = (uint32_t)settings->access_token_seconds;
    config.refresh_ttl_ms = settings->refresh_token_days * 86400000;
    config.key_rotation_ms = settings->key_rotation_days * 86400000;
    config.password_memory = (size_t)settings->password_memory_kib * 1024;
    config.password_passes = (uint32_t)settings->password_passes;
    config.password_threads = (uint32_t)settings->password_threads;

    Host *host = &server->auth_host;
    if (!open_host(server, ctx, host, &auth_schema, &auth_outbox_queries)) return false;
    if (auth_open(ctx, host->db, host->outbox, server->identity, &config, &server->auth))
        return refuse(ctx, "cannot start auth");
    host->client = rpc_client_local(&auth_rpc, server->auth);
    rpc_register(server->rpc, &auth_rpc, server->auth);

    Str code;
    if (auth_owner_invite(server->auth, ctx, &code) == OK)
        snprintf(server->owner_code, sizeof server->owner_code, "%.*s", STR_ARG(code));
    ctx_clear(ctx);
    return true;
}

static bool open_group(Server *server, Ctx *ctx)
{
    Host *host = &server->group_host;
    if (!open_host(server, ctx, host, &group_schema, &group_outbox_queries)) return false;
    server->group =
        group_open(ctx, host->db, host->outbox, server->cache, server->auth_host.client, &group_config_default);
    if (!server->group) return refuse(ctx, "cannot start group");
    host->client = rpc_client_local(&group_rpc, server->group);
    rpc_register(server->rpc, &group_rpc, server->group);
    return true;
}

static bool open_message(Server *server, Ctx *ctx)
{
    Host *host = &server->message_host;
    if (!open_host(server, ctx, host, &message_schema, &message_outbox_queries)) return false;
    server->message = message_open(ctx, host->db, host->outbox, server->cache, server->group_host.client);
    if (!server->message) return refuse(ctx, "cannot start message");
    bus_consume(server->bus, "message", message_topics, message_on_event, server->message);
    host->client = rpc_client_local(&message_rpc, server->message);
    rpc_register(server->rpc, &message_rpc, server->message);
    return true;
}

static bool open_notification(Server *server, Ctx *ctx)
{
    Host *host = &server->notification_host;
    if (!open_host(server, ctx, host, &notification_schema, &notification_outbox_queries)) return false;
    server->notification =
        notification_open(host->db, host->outbox, server->bus, server->group_host.client, &notification_config_default);
    host->client = rpc_client_local(&notification_rpc, server->notification);
    rpc_register(server->rpc, &notification_rpc, server->notification);
    return true;
}

static bool is_online(void *arg, Id user)
{
    return realtime_is_online(arg, user);
}

/* Half of the cores that we may run on: workers, writers and relays keep the other half busy (ADR 0008). */
static int loops_default(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    int loops = (CPU_COUNT(&cores) + 1) / 2;
    return loops > LOOPS_MAX ? LOOPS_MAX : loops;
}

static void open_realtime(Server *server)
{
    const Settings *settings = server->settings;
    RealtimeConfig config = { .rate_limits = setting_on(settings->rate_limits) };
    if (*settings->public_url) {
        server->origins[0] = settings->public_url;
        config.origins = server->origins;
    }
    server->n_loops = settings->loops ? (int)settings->loops : loops_default();
    for (int i = 0; i < server->n_loops; i++) server->loops[i] = loop_start(i);
    server->realtime = realtime_open(&config, server->rpc, server->identity, server->pubsub, server->group_host.client,
                                     server->message_host.client, server->notification_host.client, server->workers,
                                     server->loops, server->n_loops);
    notification_set_online(server->notification, is_online, server->realtime);
}

static void on_ws(void *owner, HttpExchange *exchange)
{
    realtime_accept(((Server *)owner)->realtime, exchange);
}

static bool open_listeners(Server *server)
{
    server->health.workers = server->workers;
    server->rest = rest_new(server->rpc, setting_on(server->settings->trust_forwarded));
    health_add_routes(&server->health, server->rest);
    rest_add_raw(server->rest, "/v1/ws", on_ws, server);
    web_assets_add_routes(server->rest);
    return listeners_open(&server->listeners, server->settings, server->rest, server->loops, server->n_loops);
}

static bool open_all(Server *server, Ctx *ctx)
{
    if (strcmp(server->settings->services, "all") != 0) {
        fputs("molva: services: only \"all\" runs in one process with embedded databases\n", stderr);
        return false;
    }
    if (!listeners_read_address(&server->listeners, server->settings)) return false;
    if (data_dir_open(ctx, server->settings->data, &server->data_dir)) return refuse(ctx, "cannot use the data folder");
    open_runtime(server);
    if (!open_auth(server, ctx) || !open_group(server, ctx) || !open_message(server, ctx) ||
        !open_notification(server, ctx))
        return false;
    open_realtime(server);
    outbox_start(server->auth_host.outbox);
    outbox_start(server->group_host.outbox);
    outbox_start(server->message_host.outbox);
    outbox_start(server->notification_host.outbox);
    return open_listeners(server);
}

/* Calls that run and replies on their way: both have ended when nothing of either is left. */
static bool is_quiet(Server *server)
{
    return listeners_connections(&server->listeners) == 0 && rpc_calls_running(server->rpc) == 0;
}

static void drain(Server *server)
{
    uint32_t within_ms = (uint32_t)server->settings->drain_seconds * 1000;
    int64_t until_ms = clock_monotonic_ms() + within_ms;
    atomic_store(&server->health.draining, true);
    listeners_drain(&server->listeners);
    if (server->realtime) realtime_drain(server->realtime, 5000, within_ms);
    while (!is_quiet(server) && clock_monotonic_ms() < until_ms) usleep(10000);
}

static void close_host(Host *host)
{
    rpc_client_free(host->client);
    db_free(host->db);
}

/* Also takes down what a failed start has left half open. */
static void server_free(Server *server)
{
    listeners_close(&server->listeners);
    outbox_close(server->auth_host.outbox);
    outbox_close(server->group_host.outbox);
    outbox_close(server->message_host.outbox);
    outbox_close(server->notification_host.outbox);
    realtime_close(server->realtime);
    worker_pool_free(server->workers);
    for (int i = 0; i < server->n_loops; i++) loop_stop(server->loops[i]);
    realtime_free(server->realtime);
    rest_free(server->rest);

    notification_close(server->notification);
    message_close(server->message);
    group_close(server->group);
    auth_close(server->auth);
    close_host(&server->notification_host);
    close_host(&server->message_host);
    close_host(&server->group_host);
    close_host(&server->auth_host);

    rpc_free(server->rpc);
    bus_free(server->bus);
    pubsub_free(server->pubsub);
    cache_free(server->cache);
    rate_limit_free(server->rate_limit);
    identity_free(server->identity);
    data_dir_close(server->data_dir);
    free(server);
}

Server *server_start(const Settings *settings)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("start", clock_now_ms());
    Server *server = calloc(1, sizeof *server);
    if (!server) abort();
    server->settings = settings;
    if (open_all(server, ctx)) {
        log_info(NULL, "server.started", log_cstr("version", MOLVA_VERSION),
                 log_cstr("host", server->listeners.address.host), log_int("port", server->listeners.address.port),
                 log_int("loops", server->n_loops));
        return server;
    }
    server_free(server);
    return NULL;
}

void server_print_url(Server *server)
{
    const char *url = server->settings->public_url;
    char local[80];
    if (!*url) {
        bool v6 = strchr(server->listeners.address.host, ':') != NULL;
        snprintf(local, sizeof local, v6 ? "http://[%s]:%u" : "http://%s:%u", server->listeners.address.host,
                 server->listeners.address.port);
        url = local;
    }
    if (*server->owner_code)
        printf("%s/#owner=%s\n", url, server->owner_code);
    else
        printf("%s/\n", url);
    fflush(stdout);
}

void server_refresh(Server *server)
{
    outbox_wake(server->auth_host.outbox);
}

void server_stop(Server *server)
{
    drain(server);
    server_free(server);
}
