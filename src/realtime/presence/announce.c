/* Publishing and hearing. See announce.h. */
#include "realtime/presence/announce.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "realtime/presence/presence.h"
#include "realtime/presence/presence_news.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"

void announcer_init(Announcer *announcer, bool has_peers)
{
    if (!has_peers) return;
    announcer->gateways = gateways_new();
    announcer->self = id_new(clock_now_ms());
    atomic_store(&announcer->was_asked, true);
}

void announcer_done(Announcer *announcer)
{
    gateways_free(announcer->gateways);
    free(announcer->round);
}

static Err publish(Realtime *realtime, Ctx *ctx, OnlineAnnounced *announced, int64_t at_ms)
{
    announced->gateway_id = id_text(ctx->arena, realtime->presence->announcer.self);
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
           gateways_have(realtime->presence->announcer.gateways, user);
}

/* --- changes --- */

typedef struct Move {
    Realtime *realtime;
    Id user;
    bool is_online;
    int64_t at_ms;
} Move;

/* Whether people are told is decided when this comes back, in the order that all gateways see. Without pubsub, or at the end, it
 * does not come back: then what is known must do. */
static void publish_move_on_worker(void *arg)
{
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
    if ((err || atomic_load(&realtime->is_closed)) &&
        !gateways_have(realtime->presence->announcer.gateways, move->user))
        presence_news_tell(realtime, move->user, move->is_online, move->at_ms);
    free(move);
    edge_job_done(realtime);
}

void announce_change(Realtime *realtime, Id user, bool is_online, int64_t at_ms)
{
    Move *move = malloc(sizeof *move);
    if (!move) abort();
    *move = (Move){ realtime, user, is_online, at_ms ? at_ms : clock_now_ms() };
    if (!edge_submit(realtime, publish_move_on_worker, move)) free(move);
}

/* --- hearing --- */

static Id user_of(const ProtobufCBinaryData *bytes)
{
    Id user = ID_NONE;
    if (bytes->len == sizeof user.bytes) memcpy(user.bytes, bytes->data, sizeof user.bytes);
    return user;
}

/* The first who comes and the last who goes are news to people. */
static void hear_self(Realtime *realtime, const OnlineAnnounced *announced, int64_t at_ms)
{
    Announcer *announcer = &realtime->presence->announcer;
    atomic_store(&announcer->heard_ms, clock_monotonic_ms());
    if (announced->asks) atomic_store(&announcer->has_asked, true);
    if (!announced->is_news) return;
    for (size_t i = 0; i < announced->n_present; i++) {
        Id user = user_of(&announced->present[i]);
        if (!gateways_have(announcer->gateways, user)) presence_news_tell(realtime, user, true, 0);
    }
    for (size_t i = 0; i < announced->n_gone; i++) {
        Id user = user_of(&announced->gone[i]);
        if (!is_online_anywhere(realtime, user)) presence_news_tell(realtime, user, false, at_ms);
    }
}

void announce_heard(Realtime *realtime, const Envelope *event)
{
    Announcer *announcer = &realtime->presence->announcer;
    const OnlineAnnounced *announced = event->online_announced;
    int64_t now_ms = clock_monotonic_ms();
    Id gateway;
    if (!announcer->gateways || !id_parse(str_of(announced->gateway_id), &gateway)) return;
    if (id_eq(gateway, announcer->self)) {
        hear_self(realtime, announced, event->at_ms);
        return;
    }
    if (announced->leaves) {
        gateways_leave(announcer->gateways, gateway);
        return;
    }
    gateways_present(announcer->gateways, gateway, ID_NONE, now_ms);
    for (size_t i = 0; i < announced->n_present; i++)
        gateways_present(announcer->gateways, gateway, user_of(&announced->present[i]), now_ms);
    for (size_t i = 0; i < announced->n_gone; i++)
        gateways_gone(announcer->gateways, gateway, user_of(&announced->gone[i]));
    if (announced->asks) atomic_store(&announcer->was_asked, true);
}

void announce_again(Realtime *realtime)
{
    atomic_store(&realtime->presence->announcer.has_asked, false);
    atomic_store(&realtime->presence->announcer.was_asked, true);
}

/* --- by turns --- */

static void begin_round(Realtime *realtime)
{
    Announcer *announcer = &realtime->presence->announcer;
    free(announcer->round);
    announcer->n_round = presence_table_list(&realtime->presence->table, &announcer->round);
    announcer->at_round = 0;
}

static size_t slice_of(const Announcer *announcer)
{
    size_t even = announcer->n_round / (GATEWAY_ROUND_MS / 1000) + 1;
    return announcer->is_hurried ? ANNOUNCE_HURRY : even;
}

/* One message at least, so that it hears itself. */
static Err tell_slice(Realtime *realtime, Ctx *ctx)
{
    Announcer *announcer = &realtime->presence->announcer;
    ProtobufCBinaryData *users = arena_new_array(ctx->arena, ProtobufCBinaryData, ANNOUNCE_BATCH);
    size_t left = slice_of(announcer);
    Err err = OK;
    do {
        OnlineAnnounced announced = ONLINE_ANNOUNCED__INIT;
        announced.present = users;
        announced.asks = !atomic_load(&announcer->has_asked);
        while (announced.n_present < ANNOUNCE_BATCH && left && announcer->at_round < announcer->n_round) {
            const Id *user = &announcer->round[announcer->at_round++];
            if (!presence_table_is_online(&realtime->presence->table, *user)) continue;
            users[announced.n_present++] = bytes_of(user);
            left--;
        }
        err = publish(realtime, ctx, &announced, ctx->now_ms);
    } while (!err && left && announcer->at_round < announcer->n_round);
    return err;
}

/* Gateways that died have left users behind; one of the living says so. */
static void expire(Realtime *realtime, int64_t wall_ms)
{
    Announcer *announcer = &realtime->presence->announcer;
    Id users[ANNOUNCE_FAREWELLS];
    int64_t now_ms = clock_monotonic_ms();
    bool is_deaf = now_ms - atomic_load(&announcer->heard_ms) > ANNOUNCE_DEAF_MS;
    if (!is_deaf && announcer->was_deaf) gateways_extend(announcer->gateways, now_ms);
    announcer->was_deaf = is_deaf;
    if (is_deaf) return;
    bool leads = gateways_lead(announcer->gateways, announcer->self);
    size_t n = gateways_expire(announcer->gateways, now_ms, users, ANNOUNCE_FAREWELLS);
    for (size_t i = 0; i < n && leads; i++)
        if (!is_online_anywhere(realtime, users[i]))
            presence_news_tell(realtime, users[i], false, wall_ms - GATEWAY_LEASE_MS);
}

static void tick_on_worker(void *arg)
{
    Realtime *realtime = arg;
    Announcer *announcer = &realtime->presence->announcer;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.announce", clock_now_ms());
    ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    bool was_asked = atomic_exchange(&announcer->was_asked, false);
    if (was_asked) announcer->is_hurried = true;
    if (was_asked || announcer->at_round >= announcer->n_round) begin_round(realtime);
    if (tell_slice(realtime, ctx)) {
        atomic_store(&announcer->was_asked, true); /* from the start again: nobody has heard this part */
        log_failure(LOG_DEBUG, ctx, "presence.not_announced");
    }
    if (announcer->at_round >= announcer->n_round) announcer->is_hurried = false;
    expire(realtime, ctx->now_ms);
    atomic_store(&announcer->is_ticking, false);
    edge_job_done(realtime);
}

void announce_tick(Realtime *realtime)
{
    Announcer *announcer = &realtime->presence->announcer;
    if (!announcer->gateways || atomic_load(&realtime->is_closed) || atomic_exchange(&announcer->is_ticking, true))
        return;
    if (!edge_submit(realtime, tick_on_worker, realtime)) atomic_store(&announcer->is_ticking, false);
}

void announce_leave(Realtime *realtime)
{
    if (!realtime->presence->announcer.gateways) return;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.announce", clock_now_ms());
    OnlineAnnounced announced = ONLINE_ANNOUNCED__INIT;
    announced.leaves = true;
    ctx->deadline_ms = clock_monotonic_ms() + 1000;
    if (publish(realtime, ctx, &announced, ctx->now_ms)) log_failure(LOG_DEBUG, ctx, "presence.not_announced");
}
