/* The order of startup and shutdown. Shutdown is the reverse of startup; nothing publishes before all consumers are
 * registered. Drivers behind ports: drivers.c; services: hosts.c; other processes: remotes.c. */
#include "app/server.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/auth_watch.h"
#include "app/health.h"
#include "app/hosts.h"
#include "app/listeners.h"
#include "app/remotes.h"
#include "app/web_assets.h"
#include "base/limits.h"
#include "base/log.h"
#include "openapi_json.h"
#include "realtime/realtime.h"
#include "rpc/rate_limit.h"
#include "rpc/rest.h"
#include "runtime/clock.h"
#include "services/notification/notification.h"

struct Server {
    const Plan *plan;
    const Settings *settings;
    WorkerPool *workers;
    Identity *identity;
    CallerLimits limits; /* owned */
    Budget *places;      /* for connections, by address; NULL: no limit */
    Drivers drivers;
    Remotes remotes;
    Hosts hosts;
    AuthWatch *auth_watch; /* NULL if only this process signs and revokes */
    Rpc *rpc;
    Rest *rest, *metrics_rest; /* metrics_rest: NULL when `rest` has the metrics too */
    Health health;
    Listeners listeners, metrics_listeners;

    Realtime *realtime; /* NULL when notification runs elsewhere */
    Loop *loops[LOOPS_MAX];
    int n_loops;
    const char *origins[2];
    char owner_code[128];
};

/* Startup errors are for the person at the terminal: what failed, and why. */
static bool refuse(Ctx *ctx, const char *what)
{
    fprintf(stderr, "molva: %s: %s\n", what, ctx->err_text ? ctx->err_text : "no reason given");
    return false;
}

/* Half, if there are few workers. */
static unsigned running_per_caller(const Settings *settings)
{
    unsigned half = (unsigned)settings->workers / 2;
    return half < RPC_RUNNING_PER_CALLER_MAX ? half : RPC_RUNNING_PER_CALLER_MAX;
}

static void open_runtime(Server *server)
{
    const Settings *settings = server->settings;
    server->workers = worker_pool_new("worker", (unsigned)settings->workers, RPC_QUEUE_MAX);
    server->identity = identity_new();
    server->limits.bytes = budget_new(BYTES_PER_CALLER_MAX, (size_t)settings->bytes_in_flight_mib << 20);
    if (setting_on(settings->rate_limits)) {
        server->limits.rates = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
        server->limits.lanes = lanes_new(server->workers, running_per_caller(settings), RPC_WAITING_PER_CALLER_MAX);
    } else {
        log_warn(NULL, "server.rate_limits_off");
    }
    server->rpc = rpc_new(server->workers, server->identity, &server->limits);
}

ON_WORKER static bool open_hosts(Server *server, Ctx *ctx)
{
    const char *what;
    server->hosts.plan = server->plan;
    server->hosts.drivers = &server->drivers;
    server->hosts.rpc = server->rpc;
    server->hosts.identity = server->identity;
    return hosts_open(&server->hosts, ctx, &what) ? refuse(ctx, what) : true;
}

/* The link of the first start. With several processes the code of the last one to start is valid. */
ON_WORKER static void read_owner_code(Server *server, Ctx *ctx)
{
    Str code;
    AuthService *auth = server->hosts.of[SERVICE_AUTH].service;
    if (!auth) return;
    if (auth_owner_invite(auth, ctx, &code) == OK)
        snprintf(server->owner_code, sizeof server->owner_code, "%.*s", STR_ARG(code));
    ctx_clear(ctx);
}

/* --- trust --- */

static void on_revoked(void *arg, Id session, int64_t until_ms)
{
    const Server *server = arg;
    if (server->realtime) realtime_revoke(server->realtime, session, until_ms);
}

/* With SQLite this process alone signs and revokes, so it always knows. */
static void start_trust(Server *server)
{
    if (server->plan->db == DB_SQLITE) return;
    AuthWatchConfig config = { .identity = server->identity,
                               .pubsub = server->drivers.pubsub,
                               .auth = server->hosts.of[SERVICE_AUTH].client,
                               .hosts_auth = server->plan->hosts[SERVICE_AUTH],
                               .on_revoked = on_revoked,
                               .arg = server };
    server->auth_watch = auth_watch_start(&config);
}

/* --- the client edge --- */

static bool is_online(void *arg, Id user)
{
    return realtime_is_online(arg, user);
}

/* One loop for every two cores in our affinity mask: workers, writers and relays use the rest (ADR 8). */
static int loops_default(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    int loops = (CPU_COUNT(&cores) + 1) / 2;
    return loops > LOOPS_MAX ? LOOPS_MAX : loops;
}

ON_WORKER static void open_realtime(Server *server)
{
    const Settings *settings = server->settings;
    RealtimeConfig config = { .rate_limits = setting_on(settings->rate_limits),
                              .limits = server->limits,
                              .last_seen_every_ms = (uint32_t)settings->last_seen_seconds * 1000,
                              .has_peers = server->plan->cache != CACHE_MEMORY };
    if (*settings->public_url) {
        server->origins[0] = settings->public_url;
        config.origins = server->origins;
    }
    const Host *of = server->hosts.of;
    NotificationService *notification = of[SERVICE_NOTIFICATION].service;
    if (!notification) return;
    server->realtime = realtime_open(&config, server->rpc, server->identity, server->drivers.pubsub,
                                     of[SERVICE_GROUP].client, of[SERVICE_MESSAGE].client,
                                     of[SERVICE_NOTIFICATION].client, server->workers, server->loops, server->n_loops);
    notification_set_online(notification, is_online, server->realtime);
}

static void open_loops(Server *server)
{
    server->n_loops = server->settings->loops ? (int)server->settings->loops : loops_default();
    for (int i = 0; i < server->n_loops; i++) server->loops[i] = loop_start(i);
}

static void on_ws(void *owner, HttpExchange *exchange)
{
    thread_role_assert(THREAD_LOOP);
    realtime_accept(((Server *)owner)->realtime, exchange);
}

static void on_openapi(void *owner, HttpExchange *exchange)
{
    thread_role_assert(THREAD_LOOP);
    HttpHeader headers[] = { { STR("Content-Type"), STR("application/json") },
                             { STR("Cache-Control"), STR("no-cache") } };
    http_reply(exchange, &(HttpReply){ .status = 200,
                                       .headers = headers,
                                       .n_headers = ARRAY_LEN(headers),
                                       .body = { openapi_json, openapi_json_len },
                                       .body_stays = true });
}

static void set_addresses(Server *server)
{
    const Settings *settings = server->settings;
    if (setting_on(settings->rate_limits)) server->places = budget_new(listeners_per_address_max(settings), SIZE_MAX);
    ListenerSetting all = { "listen", settings->listen, listeners_connections_max(settings), &server->plan->proxies,
                            server->places };
    ListenerSetting metrics = { "metrics_listen", settings->metrics_listen, METRICS_CONNECTIONS_MAX, NULL, NULL };
    listeners_set(&server->listeners, &all);
    if (*metrics.value) listeners_set(&server->metrics_listeners, &metrics);
}

/* Without methods and web client, for the operators' network. One loop suffices. */
ON_WORKER static bool open_metrics_listener(Server *server)
{
    if (!*server->settings->metrics_listen) {
        health_add_metrics(&server->health, server->rest);
        return true;
    }
    server->metrics_rest = rest_new(NULL);
    health_add_probes(&server->health, server->metrics_rest);
    health_add_metrics(&server->health, server->metrics_rest);
    return listeners_open(&server->metrics_listeners, server->metrics_rest, server->loops, 1);
}

ON_WORKER static bool open_listeners(Server *server)
{
    server->rest = rest_new(server->rpc);
    health_add_probes(&server->health, server->rest);
    rest_add_raw(server->rest, "/v1/openapi.json", on_openapi, NULL);
    if (server->realtime) rest_add_raw(server->rest, "/v1/ws", on_ws, server);
    web_assets_add_routes(server->rest);
    return open_metrics_listener(server) &&
           listeners_open(&server->listeners, server->rest, server->loops, server->n_loops);
}

/* --- readiness --- */

static Err check_db(void *arg, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return db_check(arg, ctx);
}

static Err check_cache(void *arg, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return cache_check(arg, ctx);
}

static Err check_pubsub(void *arg, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return pubsub_check(arg, ctx);
}

static Err check_bus(void *arg, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return bus_check(arg, ctx);
}

static Err check_auth(void *arg, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return auth_watch_check(arg, ctx);
}

static Err measure_outbox(void *arg, Ctx *ctx)
{
    thread_role_assert(THREAD_WORKER);
    return outbox_measure_lag(arg, ctx);
}

/* Required: without the keys no token can be verified. */
static Err check_keys(void *arg, Ctx *ctx)
{
    return auth_watch_has_keys(arg) ? OK : ctx_fail(ctx, ERR_UNAVAILABLE, "auth has not named its keys yet");
}

static void add_checks(Server *server)
{
    Health *health = &server->health;
    const Plan *plan = server->plan;
    char name[32];
    health->workers = server->workers;
    health->bytes = server->limits.bytes;
    for (int i = 0; i < SERVICES; i++) {
        snprintf(name, sizeof name, "%s.db", service_name((ServiceId)i));
        if (!plan->hosts[i]) continue;
        health_add_check(health, name, HEALTH_NEEDED, check_db, server->hosts.of[i].db);
        health_add_measure(health, measure_outbox, server->hosts.of[i].outbox);
    }
    if (plan->cache != CACHE_MEMORY) {
        health_add_check(health, "redis.cache", HEALTH_WANTED, check_cache, server->drivers.cache);
        health_add_check(health, "redis.pubsub", HEALTH_WANTED, check_pubsub, server->drivers.pubsub);
    }
    if (plan->bus != BUS_MEMORY) health_add_check(health, "bus", HEALTH_WANTED, check_bus, server->drivers.bus);
    if (server->auth_watch && !plan->hosts[SERVICE_AUTH]) {
        health_add_check(health, "auth.keys", HEALTH_NEEDED, check_keys, server->auth_watch);
        health_add_check(health, "auth.revocations", HEALTH_WANTED, check_auth, server->auth_watch);
    }
    remotes_add_checks(&server->remotes, health);
}

/* --- start and stop --- */

ON_WORKER static bool open_all(Server *server, Ctx *ctx)
{
    set_addresses(server);
    open_runtime(server);
    if (drivers_open(ctx, server->plan, &server->drivers)) return refuse(ctx, "cannot start");
    if (remotes_open(ctx, server->plan, server->rpc, &server->hosts, &server->remotes))
        return refuse(ctx, "cannot start gRPC");
    if (!open_hosts(server, ctx)) return false;
    read_owner_code(server, ctx);
    open_loops(server);
    open_realtime(server);
    start_trust(server);
    add_checks(server);
    hosts_start_outboxes(&server->hosts);
    if (!open_listeners(server)) return false;
    /* Other services may call once all of this can answer. */
    return remotes_listen(ctx, server->plan, server->rpc, &server->remotes) ? refuse(ctx, "cannot listen for gRPC")
                                                                            : true;
}

/* Whether running calls and unsent replies have ended. Requests for metrics and readiness at their own address are
 * answered until the end. */
ON_WORKER static bool is_quiet(Server *server)
{
    return listeners_connections(&server->listeners) == 0 && rpc_calls_running(server->rpc) == 0;
}

ON_WORKER static void drain(Server *server)
{
    uint32_t within_ms = (uint32_t)server->settings->drain_seconds * 1000;
    int64_t until_ms = clock_monotonic_ms() + within_ms;
    atomic_store(&server->health.draining, true);
    listeners_drain(&server->listeners);
    if (server->realtime) realtime_drain(server->realtime, 5000, within_ms);
    int64_t left_ms = until_ms - clock_monotonic_ms();
    remotes_drain(&server->remotes, left_ms > 0 ? (uint32_t)left_ms : 0);
    while (!is_quiet(server) && clock_monotonic_ms() < until_ms) usleep(10000);
}

/* Also cleans up after a failed start. */
ON_WORKER static void server_free(Server *server)
{
    listeners_close(&server->listeners);
    listeners_close(&server->metrics_listeners);
    remotes_stop(&server->remotes);
    auth_watch_stop(server->auth_watch);
    if (server->drivers.bus) bus_stop(server->drivers.bus); /* no more events are handled */
    hosts_stop_outboxes(&server->hosts);
    realtime_close(server->realtime);
    worker_pool_free(server->workers);
    for (int i = 0; i < server->n_loops; i++) loop_stop(server->loops[i]);
    pubsub_free(TAKE_PTR(server->drivers.pubsub)); /* no more messages are received */
    realtime_free(server->realtime);
    rest_free(server->rest);
    rest_free(server->metrics_rest);

    hosts_close(&server->hosts);
    remotes_close(&server->remotes);
    rpc_free(server->rpc);
    drivers_close(&server->drivers);
    auth_watch_free(server->auth_watch);
    budget_free(server->limits.bytes);
    budget_free(server->places);
    lanes_free(server->limits.lanes);
    rate_limit_free(server->limits.rates);
    identity_free(server->identity);
    free(server);
}

Server *server_start(const Plan *plan)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("start", clock_now_ms());
    Server *server = calloc(1, sizeof *server);
    if (!server) abort();
    server->plan = plan;
    server->settings = plan->settings;
    if (open_all(server, ctx)) {
        log_info(NULL, "server.started", log_cstr("version", MOLVA_VERSION),
                 log_cstr("host", server->listeners.address.host), log_int("port", server->listeners.address.port),
                 log_int("loops", server->n_loops));
        return server;
    }
    server_free(server);
    return NULL;
}

/* The server's URL for a browser on this machine. */
static void local_url(const Server *server, char *out, size_t size)
{
    const char *host = server->listeners.address.host;
    bool is_any = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    bool is_v6 = !is_any && strchr(host, ':');
    snprintf(out, size, is_v6 ? "http://[%s]:%u" : "http://%s:%u", is_any ? "localhost" : host,
             server->listeners.address.port);
}

void server_print_url(Server *server)
{
    const char *url = server->settings->public_url;
    char local[80];
    if (!*url) {
        local_url(server, local, sizeof local);
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
    if (server->hosts.of[SERVICE_AUTH].outbox) outbox_wake(server->hosts.of[SERVICE_AUTH].outbox);
}

void server_stop(Server *server)
{
    drain(server);
    server_free(server);
}
