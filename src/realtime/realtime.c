/* Opening, accepting, draining, closing, and receiving published events. See realtime.h. */
#include "realtime/realtime.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/limits.h"
#include "realtime/commands/resync.h"
#include "realtime/hub/fanout.h"
#include "realtime/origin.h"
#include "realtime/presence/online.h"
#include "realtime/presence/presence.h"
#include "realtime/session/session.h"
#include "realtime/upstream/edge.h"
#include "realtime/wiring.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/cond.h"

#define TICK_MS            1000
#define TOKEN_GRACE_MS     25000
#define PRESENCE_GRACE_MS  5000
#define LAST_SEEN_EVERY_MS 60000
#define FRAMES_PER_S       50
#define FRAMES_BURST       200
#define SUBPROTOCOL        "molva.v1+json"

/* --- opening --- */

static void default_to(uint32_t *setting, uint32_t value)
{
    if (!*setting) *setting = value;
}

static RealtimeConfig with_defaults(const RealtimeConfig *config)
{
    RealtimeConfig full = *config;
    default_to(&full.hello_timeout_ms, WS_HELLO_TIMEOUT_MS);
    default_to(&full.heartbeat_ms, WS_HEARTBEAT_MS);
    default_to(&full.pong_timeout_ms, WS_PONG_TIMEOUT_MS);
    default_to(&full.token_grace_ms, TOKEN_GRACE_MS);
    default_to(&full.replay_events, WS_REPLAY_EVENTS_MAX);
    default_to(&full.replay_kept_ms, WS_REPLAY_KEPT_MS);
    default_to(&full.detached_max, WS_DETACHED_MAX);
    default_to(&full.soft_bytes, WS_SOFT_BYTES);
    default_to(&full.hard_bytes, WS_HARD_BYTES);
    default_to(&full.stall_ms, WS_STALL_MS);
    default_to(&full.frames_per_s, FRAMES_PER_S);
    default_to(&full.frames_burst, FRAMES_BURST);
    default_to(&full.large_conversation, LARGE_CONVERSATION);
    default_to(&full.presence_grace_ms, PRESENCE_GRACE_MS);
    default_to(&full.last_seen_every_ms, LAST_SEEN_EVERY_MS);
    return full;
}

static void on_tick(uv_timer_t *timer)
{
    thread_role_assert(THREAD_LOOP);
    Hub *hub = timer->data;
    hub_tick(hub, clock_monotonic_ms(), clock_now_ms());
    if (hub != hub->realtime->hubs[0]) return;
    presence_sync_tick(hub->realtime);
    last_seen_tick(hub->realtime, clock_monotonic_ms());
}

static void on_drained(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    hub_flush(arg);
}

static void start_hub(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Hub *hub = arg;
    hub->timer = malloc(sizeof *hub->timer);
    if (!hub->timer || uv_timer_init(&loop->uv, hub->timer) != 0) abort();
    hub->timer->data = hub;
    uv_timer_start(hub->timer, on_tick, TICK_MS, TICK_MS);
    loop_on_drained(loop, on_drained, hub);
}

static Hub *hub_new(Realtime *realtime, Loop *loop)
{
    Hub *hub = calloc(1, sizeof *hub);
    if (!hub) abort();
    hub_init(hub, &(HubSetup){ .realtime = realtime,
                               .config = &realtime->config,
                               .session_handlers = &edge_session_handlers,
                               .handlers = &edge_hub_handlers,
                               .loop = loop,
                               .pubsub = realtime->pubsub,
                               .online_counts = &realtime->online_counts,
                               .n_hubs = realtime->n_hubs,
                               .now_ms = clock_monotonic_ms() });
    return hub;
}

static void on_published(void *arg, Str topic, Str payload);
static void on_lost(void *arg);

Realtime *realtime_open(const RealtimeConfig *config, Rpc *rpc, Identity *identity, Pubsub *pubsub, RpcClient *group,
                        RpcClient *message, RpcClient *notification, WorkerPool *workers, Loop *const *loops,
                        int n_loops)
{
    Realtime *realtime = calloc(1, sizeof *realtime);
    if (!realtime) abort();
    realtime->config = with_defaults(config);
    realtime->rpc = rpc;
    realtime->identity = identity;
    realtime->pubsub = pubsub;
    realtime->group = group;
    realtime->message = message;
    realtime->notification = notification;
    realtime->workers = workers;
    realtime->n_hubs = n_loops;
    realtime->hubs = calloc((size_t)n_loops, sizeof(Hub *));
    if (!realtime->hubs) abort();
    pthread_mutex_init(&realtime->lock, NULL);
    cond_init(&realtime->quiet);
    online_count_table_init(&realtime->online_counts);
    realtime->presence = presence_new(&realtime->config, clock_monotonic_ms());
    realtime_metrics_register();
    for (int i = 0; i < n_loops; i++) {
        assert(loops[i]->index == i);
        realtime->hubs[i] = hub_new(realtime, loops[i]);
    }
    for (int i = 0; i < n_loops; i++) loop_run(loops[i], start_hub, realtime->hubs[i]);
    pubsub_attach(pubsub, on_published, on_lost, realtime);
    pubsub_subscribe(pubsub, STR(TOPIC_SESSIONS));
    pubsub_subscribe(pubsub, STR(TOPIC_PRESENCE));
    if (config->has_peers) pubsub_subscribe(pubsub, STR(TOPIC_GATEWAYS));
    return realtime;
}

/* --- events --- */

static void on_fanout(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Fanout *fanout = arg;
    hub_enter(fanout->hub);
    fanout_deliver(fanout->hub, fanout, clock_now_ms()); /* hub_flush() follows once the mailbox is empty */
    fanout_free(fanout);
}

/* Whether some loop subscribes to the topic; topics without an id concern all. */
static bool is_heard(const Realtime *realtime, Str topic)
{
    Id id;
    Str name = topic;
    str_cut(&name, '.');
    if (!id_parse(name, &id)) return true;
    for (int i = 0; i < realtime->n_hubs; i++) {
        if (subscription_filter_may_have(&realtime->hubs[i]->filter, id)) return true;
    }
    return false;
}

static void post_fanout(Realtime *realtime, const Fanout *fanout)
{
    for (int i = 0; i < realtime->n_hubs; i++) {
        Hub *hub = realtime->hubs[i];
        if (!fanout_concerns(fanout, &hub->filter)) continue;
        Fanout *copy = fanout_copy(fanout);
        copy->hub = hub;
        loop_post(hub->loop, on_fanout, copy);
    }
}

static void hear_gateway(Realtime *realtime, Arena *arena, Str payload)
{
    const Envelope *event = event_unpack(arena, payload);
    if (event && event->data_case == ENVELOPE__DATA_ONLINE_ANNOUNCED) presence_sync_receive(realtime, event);
}

/* On the publisher's thread or the driver's. */
static void on_published(void *arg, Str topic, Str payload)
{
    Realtime *realtime = arg;
    Fanout fanout = { 0 };
    if (atomic_load(&realtime->is_closed) || !is_heard(realtime, topic)) return;
    Arena *arena = arena_new();
    if (str_eq(topic, STR(TOPIC_GATEWAYS))) {
        hear_gateway(realtime, arena, payload);
    } else if (fanout_read(arena, topic, payload, &fanout)) {
        /* Before it is posted, so that a client which joins a hub later is refused there. */
        if (fanout.act == ACT_REVOKE) identity_revoke(realtime->identity, fanout.auth_session, fanout.at_ms);
        post_fanout(realtime, &fanout);
    }
    frame_unref(fanout.frame);
    arena_free(arena);
}

void realtime_revoke(Realtime *realtime, Id auth_session, int64_t until_ms)
{
    if (!atomic_load(&realtime->is_closed))
        post_fanout(realtime, &(Fanout){ .act = ACT_REVOKE, .auth_session = auth_session, .at_ms = until_ms });
}

static void on_subscriptions_lost(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Hub *hub = arg;
    hub_enter(hub);
    resync_all(hub);
}

/* Counted before it is posted, so that a concurrent resume sees it. */
static void on_lost(void *arg)
{
    Realtime *realtime = arg;
    if (atomic_load(&realtime->is_closed)) return;
    atomic_fetch_add(&realtime->losses, 1);
    presence_sync_again(realtime);
    for (int i = 0; i < realtime->n_hubs; i++)
        loop_post(realtime->hubs[i]->loop, on_subscriptions_lost, realtime->hubs[i]);
}

/* --- connections --- */

void realtime_accept(Realtime *realtime, HttpExchange *exchange)
{
    const HttpRequest *request = http_request(exchange);
    Hub *hub = realtime->hubs[loop_current()->index];
    if (!origin_is_allowed(http_header(request, STR("Origin")), http_header(request, STR("Host")),
                           realtime->config.origins)) {
        http_fail(exchange, ERR_FORBIDDEN, STR("Origin: pages from there may not connect"), 0);
        return;
    }
    if (hub->sessions.is_draining) {
        http_fail(exchange, ERR_UNAVAILABLE, STR("the server is stopping"), 1000);
        return;
    }
    hub_enter(hub);
    ClientSession *session = session_new(&hub->sessions, request->peer);
    session->conn = ws_accept(exchange, STR(SUBPROTOCOL), &session_ws_handlers, session);
    if (!session->conn) {
        session_drop(session);
        return;
    }
    edge_socket_count(realtime, 1);
    ws_limit(session->conn, WS_ENVELOPE_MAX, WS_CLOSE_VERSION);
}

bool realtime_is_online(Realtime *realtime, Id user)
{
    return presence_has(realtime->presence, user);
}

size_t realtime_sockets(Realtime *realtime)
{
    return atomic_load(&realtime->sockets);
}

/* --- the end --- */

static void drain_hub(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Hub *hub = arg;
    hub_enter(hub);
    hub->sessions.is_draining = true;
    for (ClientSession *session; (session = sessions_any(&hub->sessions));)
        session_bye(session, WS_CLOSE_GOING_AWAY, randombytes_uniform(hub->spread_ms + 1));
    hub_flush(hub);
}

/* True if the count reaches zero in time. */
static bool wait_quiet(Realtime *realtime, atomic_size_t *count, uint32_t within_ms)
{
    int64_t until_ms = clock_monotonic_ms() + within_ms;
    pthread_mutex_lock(&realtime->lock);
    while (atomic_load(count))
        if (!cond_wait_until(&realtime->quiet, &realtime->lock, until_ms)) break;
    pthread_mutex_unlock(&realtime->lock);
    return atomic_load(count) == 0;
}

void realtime_drain(Realtime *realtime, uint32_t spread_ms, uint32_t within_ms)
{
    for (int i = 0; i < realtime->n_hubs; i++) {
        realtime->hubs[i]->spread_ms = spread_ms;
        loop_run(realtime->hubs[i]->loop, drain_hub, realtime->hubs[i]);
    }
    wait_quiet(realtime, &realtime->sockets, within_ms);
}

static void end_hub(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Hub *hub = arg;
    hub_enter(hub);
    hub->sessions.is_draining = true;
    for (ClientSession *session; (session = sessions_any(&hub->sessions));) session_drop(session);
    online_settle_all(hub);
    hub_flush(hub);
}

static void free_timer(uv_handle_t *timer)
{
    free(timer);
}

static void stop_hub(Loop *loop, void *arg)
{
    Hub *hub = arg;
    uv_close((uv_handle_t *)TAKE_PTR(hub->timer), free_timer);
}

void realtime_close(Realtime *realtime)
{
    if (!realtime) return;
    pubsub_unsubscribe(realtime->pubsub, STR(TOPIC_SESSIONS));
    pubsub_unsubscribe(realtime->pubsub, STR(TOPIC_PRESENCE));
    if (realtime->config.has_peers) pubsub_unsubscribe(realtime->pubsub, STR(TOPIC_GATEWAYS));
    atomic_store(&realtime->is_closed, true);
    for (int i = 0; i < realtime->n_hubs; i++) loop_run(realtime->hubs[i]->loop, end_hub, realtime->hubs[i]);
    while (!wait_quiet(realtime, &realtime->sockets, 1000) || !wait_quiet(realtime, &realtime->jobs, 1000)) continue;
    presence_sync_leave(realtime);
    for (int i = 0; i < realtime->n_hubs; i++) loop_run(realtime->hubs[i]->loop, stop_hub, realtime->hubs[i]);
}

void realtime_free(Realtime *realtime)
{
    if (!realtime) return;
    for (int i = 0; i < realtime->n_hubs; i++) {
        hub_done(realtime->hubs[i]);
        free(realtime->hubs[i]);
    }
    free(realtime->hubs);
    online_count_table_done(&realtime->online_counts);
    presence_free(realtime->presence);
    pthread_cond_destroy(&realtime->quiet);
    pthread_mutex_destroy(&realtime->lock);
    free(realtime);
}
