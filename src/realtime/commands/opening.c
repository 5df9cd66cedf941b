/* Three questions to workers, each answered on the loop. See opening.h. */
#include "realtime/commands/opening.h"

#include <sodium.h>

#include "base/log.h"
#include "group_client.h"
#include "notification_client.h"
#include "realtime/commands/known.h"
#include "realtime/upstream/heads.h"
#include "rpc/rate_limit.h"
#include "rpc/transcode.h"

static void finish(Opening *opening)
{
    Realtime *realtime = opening->realtime;
    client_release(opening->client);
    ctx_free(opening->ctx);
    edge_job_done(realtime);
}

/* The socket may be gone, or the session revoked, since the question was asked. */
static bool is_over(Opening *opening)
{
    hub_enter(opening->hub);
    if (opening->client->state == CLIENT_OPENING) return false;
    finish(opening);
    return true;
}

static void refuse(Opening *opening, uint16_t code, uint32_t after_ms)
{
    client_bye(opening->client, code, after_ms);
    finish(opening);
}

/* Not the client's fault: later, and not all at once. */
static void refuse_for_now(Opening *opening)
{
    refuse(opening, WS_CLOSE_GOING_AWAY, 500 + randombytes_uniform(2500));
}

static void refuse_failed(Opening *opening)
{
    static LogLimit told;
    log_failure_within(&told, clock_monotonic_ms(), opening->err == ERR_UNAUTHENTICATED ? LOG_DEBUG : LOG_WARN,
                       opening->ctx, "realtime.hello_failed");
    if (opening->err == ERR_UNAUTHENTICATED)
        refuse(opening, opening->is_revoked ? WS_CLOSE_REVOKED : WS_CLOSE_TOKEN_EXPIRED, 0);
    else
        refuse_for_now(opening);
}

static void run_question(void *arg)
{
    Opening *opening = arg;
    opening->err = opening->question(opening);
    if (opening->lanes) lanes_leave(opening->lanes, &opening->place);
    loop_post(opening->hub->loop, opening->answered, opening);
}

/* A user who says hello again and again holds no more workers than with calls. */
static void ask(Opening *opening, Err (*question)(Opening *opening), void (*answered)(Loop *loop, void *opening))
{
    char key[CALLER_KEY_MAX];
    Lanes *lanes = opening->ctx->actor.kind == ACTOR_USER ? opening->realtime->config.limits.lanes : NULL;
    opening->ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    opening->question = question;
    opening->answered = answered;
    opening->lanes = lanes;
    opening->place = (LaneJob){ .fn = run_question, .arg = opening };
    switch (lanes ? lanes_enter(lanes, caller_key(opening->ctx, key), &opening->place) : LANE_ENTERED) {
    case LANE_WAITS: return;
    case LANE_FULL: refuse(opening, WS_CLOSE_RATE, 1000); return;
    case LANE_ENTERED: break;
    }
    if (worker_submit(opening->realtime->workers, run_question, opening)) return;
    if (lanes) lanes_leave(lanes, &opening->place);
    refuse_for_now(opening);
}

/* Large for who has many conversations, and perhaps never read. */
static Str charged_welcome(Opening *opening, bool is_resumed)
{
    char key[CALLER_KEY_MAX];
    Budget *bytes = opening->realtime->config.limits.bytes;
    Str welcome = welcome_write(opening, is_resumed);
    if (bytes) budget_spend(bytes, caller_key(opening->ctx, key), welcome.len, &opening->client->answers);
    return welcome;
}

/* Whoever does not read what they got over other sockets gets no further one. */
static bool reads_answers(const Opening *opening)
{
    char key[CALLER_KEY_MAX];
    Budget *bytes = opening->realtime->config.limits.bytes;
    return !bytes || budget_ask(bytes, caller_key(opening->ctx, key)) == BUDGET_OK;
}

static void go_live(Opening *opening, bool is_resumed)
{
    bool asked = opening->resume.hub >= 0;
    metric_add(is_resumed ? &realtime_resumes_hot : asked ? &realtime_resumes_warm : &realtime_resumes_none, 1);
    client_go_live(opening->client, charged_welcome(opening, is_resumed));
    finish(opening);
}

/* --- third: where do they stand? --- */

/* What is subscribed to must be in force before anything is read. Without pubsub the word of what was missed will follow. */
static void settle(Opening *opening)
{
    if (pubsub_settle(opening->realtime->pubsub, opening->ctx)) ctx_clear(opening->ctx);
}

static Err read_heads(Opening *opening)
{
    Ctx *ctx = opening->ctx;
    settle(opening);
    ListHeadsResponse *heads = arena_new_of(ctx->arena, ListHeadsResponse);
    list_heads_response__init(heads);
    Err err = heads_read(opening->realtime, ctx, heads);
    if (err) return err;
    opening->heads = heads;

    GetFeedHeadRequest feed_request = GET_FEED_HEAD_REQUEST__INIT;
    get_feed_head_response__init(&opening->feed);
    feed_request.user_id = id_text(ctx->arena, opening->actor.user);
    feed_request.known_urev = opening->hello->urev;
    feed_request.known_tag = opening->hello->feed_tag;
    err = notification_client_get_feed_head(opening->realtime->notification, ctx, &feed_request, &opening->feed);
    return err ? err : known_compare(opening);
}

static void on_heads(Loop *loop, void *arg)
{
    Opening *opening = arg;
    if (is_over(opening)) return;
    if (opening->err)
        refuse_failed(opening);
    else
        go_live(opening, false);
}

/* --- second: what does the user belong to? --- */

static Err read_memberships(Opening *opening)
{
    Ctx *ctx = opening->ctx;
    ListMembershipsRequest request = LIST_MEMBERSHIPS_REQUEST__INIT;
    ListMembershipsResponse response = LIST_MEMBERSHIPS_RESPONSE__INIT;
    request.user_id = id_text(ctx->arena, opening->actor.user);
    settle(opening);
    Err err = group_client_list_memberships(opening->realtime->group, ctx, &request, &response);
    if (err) return err;

    opening->conversations = arena_new_array(ctx->arena, Id, response.n_memberships);
    opening->n_conversations = 0;
    for (size_t i = 0; i < response.n_memberships; i++) {
        Id *conversation = &opening->conversations[opening->n_conversations];
        if (id_parse(str_of(response.memberships[i]->conversation_id), conversation)) opening->n_conversations++;
    }
    return OK;
}

static void on_fetched(Opening *opening, bool found)
{
    if (is_over(opening)) return;
    if (found)
        go_live(opening, true);
    else
        ask(opening, read_heads, on_heads);
}

static void ask_memberships(Opening *opening);

static void on_memberships(Loop *loop, void *arg)
{
    Opening *opening = arg;
    if (is_over(opening)) return;
    if (opening->err) {
        refuse_failed(opening);
    } else if (!hub_set_conversations(opening->hub, opening->client->user, opening->conversations,
                                      opening->n_conversations, opening->since_tick, opening->read_ms)) {
        ask_memberships(opening);
    } else if (opening->resume.hub >= 0 && opening->realtime->hubs[opening->resume.hub] != opening->hub) {
        resume_fetch(opening, on_fetched);
    } else {
        ask(opening, read_heads, on_heads);
    }
}

static void ask_memberships(Opening *opening)
{
    opening->since_tick = opening->hub->tick;
    opening->read_ms = clock_now_ms();
    ask(opening, read_memberships, on_memberships);
}

/* --- first: who is it? --- */

static Err pay(Opening *opening, uint32_t tokens)
{
    RateLimit *rates = opening->realtime->config.limits.rates;
    return rates ? rate_limit_take(rates, opening->ctx, RPC_RATE_READ, tokens) : OK;
}

/* Makes room for one more by letting go of one that is only kept; false when all are connected. */
static bool make_room(const Client *client)
{
    Client *kept = NULL;
    int count = 0;
    for (Client *other = client->user->clients; other; other = other->next_of_user) {
        if (other->state == CLIENT_DETACHED) kept = other; /* the longest there is the last in the list */
        count++;
    }
    if (count <= WS_SESSIONS_PER_USER_MAX) return true;
    if (kept) client_drop(kept);
    return kept != NULL;
}

static void admit(Opening *opening)
{
    Client *client = opening->client;
    client->expires_ms = opening->expires_ms;
    client->auth_session = opening->actor.session;
    client->is_admin = opening->actor.admin;
    client->id = id_new(opening->ctx->now_ms);
    hub_add_client(opening->hub, opening->actor.user, client);

    /* Asked only now: a revocation that came before was not for a client of this hub, later ones are. */
    if (identity_is_revoked(opening->realtime->identity, client->auth_session)) {
        refuse(opening, WS_CLOSE_REVOKED, 0);
        return;
    }
    Client *old = resume_find(opening->hub, opening->actor.user, &opening->resume);
    if (old) {
        resume_take_over(client, old, opening->resume.n);
        go_live(opening, true);
    } else if (!make_room(client)) {
        refuse(opening, WS_CLOSE_RATE, 60000);
    } else if (!reads_answers(opening)) {
        refuse(opening, WS_CLOSE_RATE, 1000);
    } else {
        ask_memberships(opening);
    }
}

static void on_verified(Loop *loop, void *arg)
{
    Opening *opening = arg;
    if (is_over(opening)) return;
    if (opening->err)
        refuse_failed(opening);
    else if (opening->hub->clients.is_draining)
        refuse_for_now(opening);
    else if (pay(opening, WS_HELLO_TOKENS))
        refuse(opening, WS_CLOSE_RATE, opening->ctx->retry_after_ms);
    else
        admit(opening);
}

static Err verify(Opening *opening)
{
    Ctx *ctx = opening->ctx;
    Err err = identity_verify(opening->realtime->identity, ctx, str_of(opening->hello->token), &opening->actor,
                              &opening->expires_ms);
    if (err)
        opening->is_revoked = identity_is_revoked(opening->realtime->identity, opening->actor.session);
    else
        ctx->actor = opening->actor;
    return err;
}

/* Whose token was seen before waits in their own lane even for the look at it; for a token that is new here its address pays. */
static bool is_known(Opening *opening)
{
    Ctx *ctx = opening->ctx;
    Actor actor;
    if (!identity_recall(opening->realtime->identity, str_of(opening->hello->token), ctx->now_ms, &actor)) return false;
    ctx->actor = actor;
    return true;
}

void opening_begin(Client *client, const Hello *hello)
{
    Ctx *ctx = ctx_new("realtime.hello", clock_now_ms());
    Hub *hub = hub_of(client);
    Opening *opening = arena_new_of(ctx->arena, Opening);
    Str bytes = message_pack(ctx->arena, &hello->base);
    *opening = (Opening){ .realtime = hub->realtime,
                          .hub = hub,
                          .client = client_hold(client),
                          .ctx = ctx,
                          .hello = (const Hello *)(const void *)message_unpack(ctx->arena, &hello__descriptor, bytes),
                          .resume = resume_read(hello, hub->realtime->n_hubs) };
    ctx->peer = str_dup(ctx->arena, str_of(client->peer));
    edge_job_begin(hub->realtime);
    client->state = CLIENT_OPENING;
    ws_read_pause(client->conn, true); /* what it says before welcome waits */
    if (is_known(opening) || pay(opening, 1) == OK)
        ask(opening, verify, on_verified);
    else
        refuse(opening, WS_CLOSE_RATE, ctx->retry_after_ms);
}
