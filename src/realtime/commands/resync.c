/* A queue of users and conversations to reread. For a user: memberships, then heads, in that order, as for a hello. For
 * a conversation: its head. See resync.h. */
#include "realtime/commands/resync.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "message_client.h"
#include "realtime/hub/lookup.h"
#include "realtime/session/session.h"
#include "realtime/upstream/heads.h"
#include "realtime/upstream/memberships.h"
#include "rpc/transcode.h"

/* The rereading of one user or conversation. Lives in the arena of its ctx. */
typedef struct ResyncJob {
    Realtime *realtime;
    Hub *hub;
    Ctx *ctx;
    ResyncTarget who;
    Err err;
    uint32_t losses, since_tick; /* of the hub, from before the memberships were read */
    int64_t read_ms;
    Id *conversations;
    size_t n_conversations;
    UserHeads heads;
    GetConversationHeadResponse head; /* of a conversation */
} ResyncJob;

static void start_next(Hub *hub);

/* --- the queue --- */

static void line_add(Hub *hub, ResyncTarget who)
{
    if (hub->n_resync == hub->cap_resync) {
        hub->cap_resync = hub->cap_resync ? hub->cap_resync * 2 : 16;
        hub->resync_queue = realloc(hub->resync_queue, hub->cap_resync * sizeof *hub->resync_queue);
        if (!hub->resync_queue) abort();
    }
    hub->resync_queue[hub->n_resync++] = who;
}

static void line_clear(Hub *hub)
{
    free(hub->resync_queue);
    hub->resync_queue = NULL;
    hub->at_resync = hub->n_resync = hub->cap_resync = 0;
}

/* --- jobs --- */

static void finish(ResyncJob *job)
{
    Realtime *realtime = job->realtime;
    job->hub->n_resyncing--;
    ctx_free(job->ctx);
    edge_job_done(realtime);
}

/* Requeues it after a failure; retried on the next tick, not at once, because the service is down now. */
static void put_off(ResyncJob *job)
{
    log_failure(LOG_DEBUG, job->ctx, "realtime.resync_failed");
    job->hub->resync_rests = true;
    line_add(job->hub, job->who);
    finish(job);
}

static void ask(ResyncJob *job, void (*question)(void *arg))
{
    job->ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    if (worker_submit(job->realtime->workers, question, job)) return;
    job->err = ctx_fail(job->ctx, ERR_UNAVAILABLE, "too many calls wait");
    put_off(job);
}

/* Sends a head like those of large conversations: a slow or detached client gets a gap instead. */
ON_LOOP static void tell_head(HubUser *user, Id conversation, uint32_t rev, uint32_t seq)
{
    char id[ID_TEXT_LEN + 1], json[160];
    id_format(conversation, id);
    int len =
        snprintf(json, sizeof json, "{\"type\":\"heads\",\"heads\":{\"%s\":{\"rev\":%u,\"seq\":%u}}}", id, rev, seq);
    Frame *frame = frame_new(FRAME_LIVE, conversation, rev, (Str){ json, (size_t)len });
    for (ClientSession *session = user->sessions; session; session = session->next_of_user)
        session_send(session, frame);
    frame_unref(frame);
}

ON_LOOP static void tell_feed(HubUser *user, uint32_t urev)
{
    char json[96];
    if (!urev) return;
    int len = snprintf(json, sizeof json, "{\"type\":\"gap\",\"conversation_id\":\"\",\"head_rev\":%u}", urev);
    Frame *frame = frame_new(FRAME_LIVE, ID_NONE, urev, (Str){ json, (size_t)len });
    for (ClientSession *session = user->sessions; session; session = session->next_of_user)
        session_send(session, frame);
    frame_unref(frame);
}

ON_LOOP static void tell_user(const ResyncJob *job, HubUser *user)
{
    const ListHeadsResponse *heads = &job->heads.conversations;
    for (size_t i = 0; i < heads->n_heads; i++) {
        Id conversation;
        const Head *head = heads->heads[i]->value;
        if (!id_parse(str_of(heads->heads[i]->key), &conversation)) continue;
        if (head->rev && hub_is_member(job->hub, user, conversation))
            tell_head(user, conversation, head->rev, head->seq);
    }
    tell_feed(user, job->heads.feed.urev);
}

/* Sends one head to all members, since it is the same for everyone. */
ON_LOOP static void tell_conversation(const ResyncJob *job)
{
    const HubConversation *conversation = hub_conversation(job->hub, job->who.conversation);
    for (uint32_t i = 0; conversation && job->head.rev && i < conversation->n_members; i++) {
        HubUser *user = conversation->members[i].user;
        if (!user->needs_resync) tell_head(user, conversation->id, job->head.rev, job->head.seq);
    }
}

/* --- of a conversation --- */

static void on_head(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    ResyncJob *job = arg;
    Hub *hub = job->hub;
    hub_enter(hub);
    if (job->err) {
        put_off(job);
        return;
    }
    tell_conversation(job);
    finish(job);
    start_next(hub);
}

static void ask_head_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    ResyncJob *job = arg;
    Ctx *ctx = job->ctx;
    GetConversationHeadRequest request = GET_CONVERSATION_HEAD_REQUEST__INIT;
    get_conversation_head_response__init(&job->head);
    request.conversation_id = id_text(ctx->arena, job->who.conversation);
    job->err = pubsub_settle(job->realtime->pubsub, ctx);
    if (!job->err) job->err = message_client_get_conversation_head(job->realtime->message, ctx, &request, &job->head);
    loop_post(job->hub->loop, on_head, job);
}

/* --- of a user --- */

static void on_heads(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    ResyncJob *job = arg;
    Hub *hub = job->hub;
    hub_enter(hub);
    HubUser *user = hub_user(hub, job->who.user);
    if (job->err) {
        put_off(job);
        return;
    }
    if (user) tell_user(job, user);
    finish(job);
    start_next(hub);
}

static void ask_heads_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    ResyncJob *job = arg;
    KnownFeed known = { .tag = "" };
    job->err = pubsub_settle(job->realtime->pubsub, job->ctx);
    if (!job->err) job->err = heads_read(job->realtime, job->ctx, &known, &job->heads);
    loop_post(job->hub->loop, on_heads, job);
}

static void on_memberships(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    ResyncJob *job = arg;
    Hub *hub = job->hub;
    hub_enter(hub);
    HubUser *user = hub_user(hub, job->who.user);
    if (!user) {
        finish(job);
        start_next(hub);
    } else if (job->err || job->losses != hub->losses ||
               !hub_set_conversations(hub, user, job->conversations, job->n_conversations, job->since_tick,
                                      job->read_ms)) {
        put_off(job);
    } else {
        user->needs_resync = false;
        ask(job, ask_heads_on_worker);
    }
}

static void ask_memberships_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    ResyncJob *job = arg;
    job->err = memberships_read(job->realtime, job->ctx, job->who.user, &job->conversations, &job->n_conversations);
    loop_post(job->hub->loop, on_memberships, job);
}

/* --- scheduling --- */

static void start(Hub *hub, const ResyncTarget *who)
{
    Ctx *ctx = ctx_new("realtime.resync", clock_now_ms());
    ResyncJob *job = arena_new_of(ctx->arena, ResyncJob);
    *job = (ResyncJob){ .realtime = hub->realtime,
                        .hub = hub,
                        .ctx = ctx,
                        .who = *who,
                        .losses = hub->losses,
                        .since_tick = hub->tick,
                        .read_ms = clock_now_ms() };
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE, .user = who->user };
    edge_job_begin(hub->realtime);
    hub->n_resyncing++;
    ask(job, id_is_none(who->conversation) ? ask_memberships_on_worker : ask_head_on_worker);
}

/* Skips users who have left or have been reread meanwhile, and conversations without members here. */
static bool is_needed(const Hub *hub, const ResyncTarget *who)
{
    if (!id_is_none(who->conversation)) return hub_conversation(hub, who->conversation) != NULL;
    const HubUser *user = hub_user(hub, who->user);
    return user && user->needs_resync;
}

static void start_next(Hub *hub)
{
    while (hub->at_resync < hub->n_resync && hub->n_resyncing < RESYNC_AT_ONCE && !hub->resync_rests) {
        ResyncTarget who = hub->resync_queue[hub->at_resync++];
        if (is_needed(hub, &who)) start(hub, &who);
    }
    if (hub->at_resync == hub->n_resync) line_clear(hub);
}

void resync_all(Hub *hub)
{
    hub->losses++;
    line_clear(hub);
    size_t at = 0;
    for (HubUser *user; (user = map_next(&hub->users, &at));) {
        user->needs_resync = true;
        line_add(hub, (ResyncTarget){ .user = user->id });
    }
    start_next(hub);
}

void resync_conversation(Hub *hub, Id conversation)
{
    if (!hub->config->has_peers) return;
    line_add(hub, (ResyncTarget){ .conversation = conversation });
    start_next(hub);
}

void resync_tick(Hub *hub)
{
    hub->resync_rests = hub->sessions.is_draining;
    if (hub->n_resync) start_next(hub);
}
