/* Publishing and receiving. See presence_sync.h. */
#include "realtime/presence/presence_sync.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "realtime/presence/presence.h"
#include "realtime/presence/presence_news.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"

void presence_sync_init(PresenceSync *sync, bool has_peers)
{
    if (!has_peers) return;
    sync->peers = peers_new();
    sync->self = id_new(clock_now_ms());
    atomic_store(&sync->was_asked, true);
}

void presence_sync_done(PresenceSync *sync)
{
    peers_free(sync->peers);
    free(sync->round);
}

ON_WORKER static Err publish(Realtime *realtime, Ctx *ctx, OnlineAnnounced *announced, int64_t at_ms)
{
    announced->gateway_id = id_text(ctx->arena, realtime->presence->sync.self);
    Envelope *event = event_new(ctx, ID_NONE, ID_NONE);
    event->at_ms = at_ms;
    event->data_case = ENVELOPE__DATA_ONLINE_ANNOUNCED;
    event->online_announced = announced;
    return pubsub_publish(realtime->pubsub, ctx, STR(TOPIC_GATEWAYS), message_pack(ctx->arena, &event->base));
}

static ProtobufCBinaryData bytes_of(const Id *user)
{
    return (ProtobufCBinaryData){ sizeof user->bytes, (uint8_t *)user->bytes };
}

static bool is_online_anywhere(Realtime *realtime, Id user)
{
    return presence_table_is_online(&realtime->presence->table, user) ||
           peers_have(realtime->presence->sync.peers, user);
}

/* --- changes --- */

typedef struct Move {
    Realtime *realtime;
    Id user;
    bool is_online;
    int64_t at_ms;
} Move;

/* Whether to notify people is decided when this message comes back, in the order that all gateways see. If pubsub is
 * down, or during shutdown, it does not come back, and the local view decides. */
static void publish_move_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    Move *move = arg;
    Realtime *realtime = move->realtime;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.announce", clock_now_ms());
    OnlineAnnounced announced = ONLINE_ANNOUNCED__INIT;
    ProtobufCBinaryData user = bytes_of(&move->user);
    ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    announced.is_news = true;
    announced.n_present = move->is_online;
    announced.n_gone = !move->is_online;
    announced.present = announced.gone = &user;
    Err err = publish(realtime, ctx, &announced, move->at_ms);
    if ((err || atomic_load(&realtime->is_closed)) && !peers_have(realtime->presence->sync.peers, move->user))
        presence_news_publish(realtime, move->user, move->is_online, move->at_ms);
    free(move);
    edge_job_done(realtime);
}

void presence_sync_change(Realtime *realtime, Id user, bool is_online, int64_t at_ms)
{
    Move *move = malloc(sizeof *move);
    if (!move) abort();
    *move = (Move){ realtime, user, is_online, at_ms ? at_ms : clock_now_ms() };
    if (!edge_submit(realtime, publish_move_on_worker, move)) free(move);
}

/* --- receiving --- */

static Id user_of(const ProtobufCBinaryData *bytes)
{
    Id user = ID_NONE;
    if (bytes->len == sizeof user.bytes) memcpy(user.bytes, bytes->data, sizeof user.bytes);
    return user;
}

/* Only the first connection and the last disconnection notify people. */
static void hear_self(Realtime *realtime, const OnlineAnnounced *announced, int64_t at_ms)
{
    PresenceSync *sync = &realtime->presence->sync;
    atomic_store(&sync->heard_ms, clock_monotonic_ms());
    if (announced->asks) atomic_store(&sync->has_asked, true);
    if (!announced->is_news) return;
    for (size_t i = 0; i < announced->n_present; i++) {
        Id user = user_of(&announced->present[i]);
        if (!peers_have(sync->peers, user)) presence_news_publish(realtime, user, true, 0);
    }
    for (size_t i = 0; i < announced->n_gone; i++) {
        Id user = user_of(&announced->gone[i]);
        if (!is_online_anywhere(realtime, user)) presence_news_publish(realtime, user, false, at_ms);
    }
}

void presence_sync_receive(Realtime *realtime, const Envelope *event)
{
    PresenceSync *sync = &realtime->presence->sync;
    const OnlineAnnounced *announced = event->online_announced;
    int64_t now_ms = clock_monotonic_ms();
    Id gateway;
    if (!sync->peers || !id_parse(str_of(announced->gateway_id), &gateway)) return;
    if (id_eq(gateway, sync->self)) {
        hear_self(realtime, announced, event->at_ms);
        return;
    }
    if (announced->leaves) {
        peers_leave(sync->peers, gateway);
        return;
    }
    peers_present(sync->peers, gateway, ID_NONE, now_ms);
    for (size_t i = 0; i < announced->n_present; i++)
        peers_present(sync->peers, gateway, user_of(&announced->present[i]), now_ms);
    for (size_t i = 0; i < announced->n_gone; i++) peers_gone(sync->peers, gateway, user_of(&announced->gone[i]));
    if (announced->asks) atomic_store(&sync->was_asked, true);
}

void presence_sync_again(Realtime *realtime)
{
    atomic_store(&realtime->presence->sync.has_asked, false);
    atomic_store(&realtime->presence->sync.was_asked, true);
}

/* --- ticks --- */

static void begin_round(Realtime *realtime)
{
    PresenceSync *sync = &realtime->presence->sync;
    free(sync->round);
    sync->n_round = presence_table_list(&realtime->presence->table, &sync->round);
    sync->at_round = 0;
}

static size_t slice_of(const PresenceSync *sync)
{
    size_t even = sync->n_round / (GATEWAY_ROUND_MS / 1000) + 1;
    return sync->is_hurried ? PRESENCE_SYNC_HURRY : even;
}

/* Publishes at least one message, so that this gateway receives itself. */
ON_WORKER static Err tell_slice(Realtime *realtime, Ctx *ctx)
{
    PresenceSync *sync = &realtime->presence->sync;
    ProtobufCBinaryData *users = arena_new_array(ctx->arena, ProtobufCBinaryData, PRESENCE_SYNC_BATCH);
    size_t left = slice_of(sync);
    Err err = OK;
    do {
        OnlineAnnounced announced = ONLINE_ANNOUNCED__INIT;
        announced.present = users;
        announced.asks = !atomic_load(&sync->has_asked);
        while (announced.n_present < PRESENCE_SYNC_BATCH && left && sync->at_round < sync->n_round) {
            const Id *user = &sync->round[sync->at_round++];
            if (!presence_table_is_online(&realtime->presence->table, *user)) continue;
            users[announced.n_present++] = bytes_of(user);
            left--;
        }
        err = publish(realtime, ctx, &announced, ctx->now_ms);
    } while (!err && left && sync->at_round < sync->n_round);
    return err;
}

/* Dead peers have left users behind; one of the living publishes that they are offline. */
static void expire(Realtime *realtime, int64_t wall_ms)
{
    PresenceSync *sync = &realtime->presence->sync;
    Id users[PRESENCE_EXPIRED_AT_ONCE];
    int64_t now_ms = clock_monotonic_ms();
    bool is_silent = now_ms - atomic_load(&sync->heard_ms) > PRESENCE_SILENT_MS;
    if (!is_silent && sync->was_silent) peers_extend(sync->peers, now_ms);
    sync->was_silent = is_silent;
    if (is_silent) return;
    bool leads = peers_lead(sync->peers, sync->self);
    size_t n = peers_expire(sync->peers, now_ms, users, PRESENCE_EXPIRED_AT_ONCE);
    for (size_t i = 0; i < n && leads; i++)
        if (!is_online_anywhere(realtime, users[i]))
            presence_news_publish(realtime, users[i], false, wall_ms - GATEWAY_LEASE_MS);
}

static void tick_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    Realtime *realtime = arg;
    PresenceSync *sync = &realtime->presence->sync;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.announce", clock_now_ms());
    ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    bool was_asked = atomic_exchange(&sync->was_asked, false);
    if (was_asked) sync->is_hurried = true;
    if (was_asked || sync->at_round >= sync->n_round) begin_round(realtime);
    if (tell_slice(realtime, ctx)) {
        atomic_store(&sync->was_asked, true); /* restart, because nobody has received this part */
        log_failure(LOG_DEBUG, ctx, "presence.not_announced");
    }
    if (sync->at_round >= sync->n_round) sync->is_hurried = false;
    expire(realtime, ctx->now_ms);
    atomic_store(&sync->is_ticking, false);
    edge_job_done(realtime);
}

void presence_sync_tick(Realtime *realtime)
{
    PresenceSync *sync = &realtime->presence->sync;
    if (!sync->peers || atomic_load(&realtime->is_closed) || atomic_exchange(&sync->is_ticking, true)) return;
    if (!edge_submit(realtime, tick_on_worker, realtime)) atomic_store(&sync->is_ticking, false);
}

void presence_sync_leave(Realtime *realtime)
{
    if (!realtime->presence->sync.peers) return;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.announce", clock_now_ms());
    OnlineAnnounced announced = ONLINE_ANNOUNCED__INIT;
    announced.leaves = true;
    ctx->deadline_ms = clock_monotonic_ms() + 1000;
    if (publish(realtime, ctx, &announced, ctx->now_ms)) log_failure(LOG_DEBUG, ctx, "presence.not_announced");
}
