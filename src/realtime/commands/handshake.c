/* Three requests to workers, each completed on the loop. See handshake.h. */
#include "realtime/commands/handshake.h"

#include <sodium.h>

#include "base/log.h"
#include "realtime/commands/known.h"
#include "realtime/upstream/memberships.h"
#include "rpc/rate_limit.h"
#include "rpc/transcode.h"

static void finish(Handshake *handshake)
{
    Realtime *realtime = handshake->realtime;
    session_release(handshake->session);
    ctx_free(handshake->ctx);
    edge_job_done(realtime);
}

/* Whether the socket was closed, or the session revoked, during the request. */
ON_LOOP static bool is_over(Handshake *handshake)
{
    hub_enter(handshake->hub);
    if (handshake->session->state == SESSION_HANDSHAKE) return false;
    finish(handshake);
    return true;
}

ON_LOOP static void refuse(Handshake *handshake, uint16_t code, uint32_t after_ms)
{
    session_bye(handshake->session, code, after_ms);
    finish(handshake);
}

/* The server is at fault, so the client has to retry later, at a random time. */
ON_LOOP static void refuse_for_now(Handshake *handshake)
{
    refuse(handshake, WS_CLOSE_GOING_AWAY, 500 + randombytes_uniform(2500));
}

ON_LOOP static void refuse_failed(Handshake *handshake)
{
    static LogLimit told;
    log_failure_within(&told, clock_monotonic_ms(), handshake->err == ERR_UNAUTHENTICATED ? LOG_DEBUG : LOG_WARN,
                       handshake->ctx, "realtime.hello_failed");
    if (handshake->err == ERR_UNAUTHENTICATED)
        refuse(handshake, handshake->is_revoked ? WS_CLOSE_REVOKED : WS_CLOSE_TOKEN_EXPIRED, 0);
    else
        refuse_for_now(handshake);
}

static void run_question(void *arg)
{
    Handshake *handshake = arg;
    handshake->err = handshake->question(handshake);
    if (handshake->lanes) lanes_leave(handshake->lanes, &handshake->place);
    loop_post(handshake->hub->loop, handshake->answered, handshake);
}

/* Runs a request in the user's lane, so that repeated hellos hold no more workers than calls do. */
ON_LOOP static void ask(Handshake *handshake, Err (*question)(Handshake *handshake),
                        void (*answered)(Loop *loop, void *handshake))
{
    char key[CALLER_KEY_MAX];
    Lanes *lanes = handshake->ctx->actor.kind == ACTOR_USER ? handshake->realtime->config.limits.lanes : NULL;
    handshake->ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    handshake->question = question;
    handshake->answered = answered;
    handshake->lanes = lanes;
    handshake->place = (LaneJob){ .fn = run_question, .arg = handshake };
    switch (lanes ? lanes_enter(lanes, caller_key(handshake->ctx, key), &handshake->place) : LANE_ENTERED) {
    case LANE_WAITS: return;
    case LANE_FULL: refuse(handshake, WS_CLOSE_RATE, 1000); return;
    case LANE_ENTERED: break;
    }
    if (worker_submit(handshake->realtime->workers, run_question, handshake)) return;
    if (lanes) lanes_leave(lanes, &handshake->place);
    refuse_for_now(handshake);
}

/* Charges the welcome to the user: it is large for a user with many conversations, and may never be read. */
static Str charged_welcome(Handshake *handshake, bool is_resumed)
{
    char key[CALLER_KEY_MAX];
    Budget *bytes = handshake->realtime->config.limits.bytes;
    Str welcome = welcome_write(handshake, is_resumed);
    if (bytes) budget_spend(bytes, caller_key(handshake->ctx, key), welcome.len, &handshake->session->answers);
    return welcome;
}

/* A user who does not read responses on other sockets gets no further one. */
static bool reads_answers(const Handshake *handshake)
{
    char key[CALLER_KEY_MAX];
    Budget *bytes = handshake->realtime->config.limits.bytes;
    return !bytes || budget_ask(bytes, caller_key(handshake->ctx, key)) == BUDGET_OK;
}

ON_LOOP static void go_live(Handshake *handshake, bool is_resumed)
{
    bool asked = handshake->resume.hub >= 0;
    metric_add(is_resumed ? &realtime_resumes_hot : asked ? &realtime_resumes_warm : &realtime_resumes_none, 1);
    session_go_live(handshake->session, charged_welcome(handshake, is_resumed));
    finish(handshake);
}

/* --- third: heads --- */

/* Subscriptions must be in effect before anything is read. If pubsub is down, a later resync covers what was missed. */
ON_WORKER static void settle(Handshake *handshake)
{
    if (pubsub_settle(handshake->realtime->pubsub, handshake->ctx)) ctx_clear(handshake->ctx);
}

static Err read_heads(Handshake *handshake)
{
    thread_role_assert(THREAD_WORKER);
    settle(handshake);
    KnownFeed known = { .urev = handshake->hello->urev, .tag = handshake->hello->feed_tag };
    Err err = heads_read(handshake->realtime, handshake->ctx, &known, &handshake->heads);
    return err ? err : known_compare(handshake);
}

static void on_heads(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Handshake *handshake = arg;
    if (is_over(handshake)) return;
    if (handshake->err)
        refuse_failed(handshake);
    else
        go_live(handshake, false);
}

/* --- second: memberships --- */

static Err read_memberships(Handshake *handshake)
{
    thread_role_assert(THREAD_WORKER);
    settle(handshake);
    return memberships_read(handshake->realtime, handshake->ctx, handshake->actor.user, &handshake->conversations,
                            &handshake->n_conversations);
}

static void on_fetched(Handshake *handshake, bool found)
{
    thread_role_assert(THREAD_LOOP);
    if (is_over(handshake)) return;
    if (found)
        go_live(handshake, true);
    else
        ask(handshake, read_heads, on_heads);
}

ON_LOOP static void ask_memberships(Handshake *handshake);

static void on_memberships(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Handshake *handshake = arg;
    if (is_over(handshake)) return;
    if (handshake->err) {
        refuse_failed(handshake);
    } else if (!hub_set_conversations(handshake->hub, handshake->session->user, handshake->conversations,
                                      handshake->n_conversations, handshake->since_tick, handshake->read_ms)) {
        ask_memberships(handshake);
    } else if (handshake->resume.hub >= 0 && handshake->realtime->hubs[handshake->resume.hub] != handshake->hub) {
        resume_fetch(handshake, on_fetched);
    } else {
        ask(handshake, read_heads, on_heads);
    }
}

ON_LOOP static void ask_memberships(Handshake *handshake)
{
    handshake->since_tick = handshake->hub->tick;
    handshake->read_ms = clock_now_ms();
    ask(handshake, read_memberships, on_memberships);
}

/* --- first: identity --- */

static Err pay(Handshake *handshake, uint32_t tokens)
{
    RateLimit *rates = handshake->realtime->config.limits.rates;
    return rates ? rate_limit_take(rates, handshake->ctx, RPC_RATE_READ, tokens) : OK;
}

/* Makes room for a session by dropping a detached one; false if all are connected. */
ON_LOOP static bool make_room(const ClientSession *session)
{
    ClientSession *kept = NULL;
    int count = 0;
    for (ClientSession *other = session->user->sessions; other; other = other->next_of_user) {
        if (other->state == SESSION_DETACHED) kept = other; /* the last in the list is the oldest */
        count++;
    }
    if (count <= WS_SESSIONS_PER_USER_MAX) return true;
    if (kept) session_drop(kept);
    return kept != NULL;
}

ON_LOOP static void admit(Handshake *handshake)
{
    ClientSession *session = handshake->session;
    session->expires_ms = handshake->expires_ms;
    session->auth_session = handshake->actor.session;
    session->is_admin = handshake->actor.admin;
    session->id = id_new(handshake->ctx->now_ms);
    hub_add_session(handshake->hub, handshake->actor.user, session);

    /* Checked only now: a revocation from before the client joined this hub did not reach it here; later ones will. */
    if (identity_is_revoked(handshake->realtime->identity, session->auth_session)) {
        refuse(handshake, WS_CLOSE_REVOKED, 0);
        return;
    }
    ClientSession *old = resume_find(handshake->hub, handshake->actor.user, &handshake->resume);
    if (old) {
        resume_take_over(session, old, handshake->resume.n);
        go_live(handshake, true);
    } else if (!make_room(session)) {
        refuse(handshake, WS_CLOSE_RATE, 60000);
    } else if (!reads_answers(handshake)) {
        refuse(handshake, WS_CLOSE_RATE, 1000);
    } else {
        ask_memberships(handshake);
    }
}

static void on_verified(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Handshake *handshake = arg;
    if (is_over(handshake)) return;
    if (handshake->err)
        refuse_failed(handshake);
    else if (handshake->hub->sessions.is_draining)
        refuse_for_now(handshake);
    else if (!handshake->is_paid && pay(handshake, WS_HELLO_TOKENS))
        refuse(handshake, WS_CLOSE_RATE, handshake->ctx->retry_after_ms);
    else
        admit(handshake);
}

static Err verify(Handshake *handshake)
{
    Ctx *ctx = handshake->ctx;
    Err err = identity_verify(handshake->realtime->identity, ctx, str_of(handshake->hello->token), &handshake->actor,
                              &handshake->expires_ms);
    if (err)
        handshake->is_revoked = identity_is_revoked(handshake->realtime->identity, handshake->actor.session);
    else
        ctx->actor = handshake->actor;
    return err;
}

/* A cached token is charged to its user at once, and even its verification waits in that user's lane; verifying a new
 * one is charged to the address. */
static bool is_known(Handshake *handshake)
{
    Ctx *ctx = handshake->ctx;
    Actor actor;
    if (!identity_recall(handshake->realtime->identity, str_of(handshake->hello->token), ctx->now_ms, &actor))
        return false;
    ctx->actor = actor;
    return true;
}

void handshake_begin(ClientSession *session, const Hello *hello)
{
    Ctx *ctx = ctx_new("realtime.hello", clock_now_ms());
    Hub *hub = hub_of(session);
    Handshake *handshake = arena_new_of(ctx->arena, Handshake);
    Str bytes = message_pack(ctx->arena, &hello->base);
    *handshake =
        (Handshake){ .realtime = hub->realtime,
                     .hub = hub,
                     .session = session_hold(session),
                     .ctx = ctx,
                     .hello = (const Hello *)(const void *)message_unpack(ctx->arena, &hello__descriptor, bytes),
                     .resume = resume_read(hello, hub->realtime->n_hubs) };
    ctx->peer = str_dup(ctx->arena, str_of(session->peer));
    edge_job_begin(hub->realtime);
    session->state = SESSION_HANDSHAKE;
    ws_read_pause(session->conn, true); /* further frames wait for the welcome */
    handshake->is_paid = is_known(handshake);
    if (pay(handshake, handshake->is_paid ? WS_HELLO_TOKENS : 1) == OK)
        ask(handshake, verify, on_verified);
    else
        refuse(handshake, WS_CLOSE_RATE, ctx->retry_after_ms);
}
