/* A line of users and conversations, read by turns. Of a user: memberships, then heads, in that order, as when a client says
 * hello. Of a conversation: its head. See relearn.h. */
#include "realtime/commands/relearn.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "group_client.h"
#include "message_client.h"
#include "notification_client.h"
#include "realtime/hub/lookup.h"
#include "realtime/session/client.h"
#include "realtime/upstream/edge.h"
#include "realtime/upstream/heads.h"
#include "rpc/transcode.h"

/* One user or conversation being read. Lives in the arena of its ctx. */
typedef struct Lesson {
    Realtime *realtime;
    Hub *hub;
    Ctx *ctx;
    Unsure who;
    Err err;
    uint32_t deaf, since_tick; /* of the hub, before the memberships were read */
    int64_t read_ms;
    Id *conversations;
    size_t n_conversations;
    const ListHeadsResponse *heads;
    uint32_t urev;
    GetConversationHeadResponse head; /* of a conversation */
} Lesson;

static void start_next(Hub *hub);

/* --- the line --- */

static void line_add(Hub *hub, Unsure who)
{
    if (hub->n_unsure == hub->cap_unsure) {
        hub->cap_unsure = hub->cap_unsure ? hub->cap_unsure * 2 : 16;
        hub->unsure = realloc(hub->unsure, hub->cap_unsure * sizeof *hub->unsure);
        if (!hub->unsure) abort();
    }
    hub->unsure[hub->n_unsure++] = who;
}

static void line_clear(Hub *hub)
{
    free(hub->unsure);
    hub->unsure = NULL;
    hub->at_unsure = hub->n_unsure = hub->cap_unsure = 0;
}

/* --- lessons --- */

static void finish(Lesson *lesson)
{
    Realtime *realtime = lesson->realtime;
    lesson->hub->n_relearning--;
    ctx_free(lesson->ctx);
    edge_job_done(realtime);
}

/* Back into the line; the tick goes on, not this turn: whom it asked is not there now. */
static void put_off(Lesson *lesson)
{
    log_failure(LOG_DEBUG, lesson->ctx, "realtime.relearn_failed");
    lesson->hub->relearn_rests = true;
    line_add(lesson->hub, lesson->who);
    finish(lesson);
}

static void ask(Lesson *lesson, void (*question)(void *arg))
{
    lesson->ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    if (worker_submit(lesson->realtime->workers, question, lesson)) return;
    lesson->err = ctx_fail(lesson->ctx, ERR_UNAVAILABLE, "too many calls wait");
    put_off(lesson);
}

/* Told as the heads of large conversations are: a slow or detached client gets gaps instead. */
static void tell_head(HubUser *user, Id conversation, uint32_t rev, uint32_t seq)
{
    char id[ID_TEXT_LEN + 1], json[160];
    id_format(conversation, id);
    int len =
        snprintf(json, sizeof json, "{\"type\":\"heads\",\"heads\":{\"%s\":{\"rev\":%u,\"seq\":%u}}}", id, rev, seq);
    Frame *frame = frame_new(FRAME_LIVE, conversation, rev, (Str){ json, (size_t)len });
    for (Client *client = user->clients; client; client = client->next_of_user) client_tell(client, frame);
    frame_unref(frame);
}

static void tell_feed(HubUser *user, uint32_t urev)
{
    char json[96];
    if (!urev) return;
    int len = snprintf(json, sizeof json, "{\"type\":\"gap\",\"conversation_id\":\"\",\"head_rev\":%u}", urev);
    Frame *frame = frame_new(FRAME_LIVE, ID_NONE, urev, (Str){ json, (size_t)len });
    for (Client *client = user->clients; client; client = client->next_of_user) client_tell(client, frame);
    frame_unref(frame);
}

static void tell_user(const Lesson *lesson, HubUser *user)
{
    for (size_t i = 0; i < lesson->heads->n_heads; i++) {
        Id conversation;
        const Head *head = lesson->heads->heads[i]->value;
        if (!id_parse(str_of(lesson->heads->heads[i]->key), &conversation)) continue;
        if (head->rev && hub_is_member(lesson->hub, user, conversation))
            tell_head(user, conversation, head->rev, head->seq);
    }
    tell_feed(user, lesson->urev);
}

/* It stands at the same place for all of its members. */
static void tell_conversation(const Lesson *lesson)
{
    const HubConversation *conversation = hub_conversation(lesson->hub, lesson->who.conversation);
    for (uint32_t i = 0; conversation && lesson->head.rev && i < conversation->n_members; i++) {
        HubUser *user = conversation->members[i].user;
        if (!user->is_unsure) tell_head(user, conversation->id, lesson->head.rev, lesson->head.seq);
    }
}

/* --- of a conversation --- */

static void on_head(Loop *loop, void *arg)
{
    Lesson *lesson = arg;
    Hub *hub = lesson->hub;
    hub_enter(hub);
    if (lesson->err) {
        put_off(lesson);
        return;
    }
    tell_conversation(lesson);
    finish(lesson);
    start_next(hub);
}

static void ask_head_on_worker(void *arg)
{
    Lesson *lesson = arg;
    Ctx *ctx = lesson->ctx;
    GetConversationHeadRequest request = GET_CONVERSATION_HEAD_REQUEST__INIT;
    get_conversation_head_response__init(&lesson->head);
    request.conversation_id = id_text(ctx->arena, lesson->who.conversation);
    lesson->err = pubsub_settle(lesson->realtime->pubsub, ctx);
    if (!lesson->err)
        lesson->err = message_client_get_conversation_head(lesson->realtime->message, ctx, &request, &lesson->head);
    loop_post(lesson->hub->loop, on_head, lesson);
}

/* --- of a user --- */

static void on_heads(Loop *loop, void *arg)
{
    Lesson *lesson = arg;
    Hub *hub = lesson->hub;
    hub_enter(hub);
    HubUser *user = hub_user(hub, lesson->who.user);
    if (lesson->err) {
        put_off(lesson);
        return;
    }
    if (user) tell_user(lesson, user);
    finish(lesson);
    start_next(hub);
}

static void ask_heads_on_worker(void *arg)
{
    Lesson *lesson = arg;
    Ctx *ctx = lesson->ctx;
    ListHeadsResponse *heads = arena_new_of(ctx->arena, ListHeadsResponse);
    GetFeedHeadRequest feed_request = GET_FEED_HEAD_REQUEST__INIT;
    GetFeedHeadResponse feed = GET_FEED_HEAD_RESPONSE__INIT;

    list_heads_response__init(heads);
    feed_request.user_id = id_text(ctx->arena, lesson->who.user);
    lesson->err = pubsub_settle(lesson->realtime->pubsub, ctx);
    if (!lesson->err) lesson->err = heads_read(lesson->realtime, ctx, heads);
    if (!lesson->err)
        lesson->err = notification_client_get_feed_head(lesson->realtime->notification, ctx, &feed_request, &feed);
    lesson->heads = heads;
    lesson->urev = feed.urev;
    loop_post(lesson->hub->loop, on_heads, lesson);
}

static void on_memberships(Loop *loop, void *arg)
{
    Lesson *lesson = arg;
    Hub *hub = lesson->hub;
    hub_enter(hub);
    HubUser *user = hub_user(hub, lesson->who.user);
    if (!user) {
        finish(lesson);
        start_next(hub);
    } else if (lesson->err || lesson->deaf != hub->deaf ||
               !hub_set_conversations(hub, user, lesson->conversations, lesson->n_conversations, lesson->since_tick,
                                      lesson->read_ms)) {
        put_off(lesson);
    } else {
        user->is_unsure = false;
        ask(lesson, ask_heads_on_worker);
    }
}

static void ask_memberships_on_worker(void *arg)
{
    Lesson *lesson = arg;
    Ctx *ctx = lesson->ctx;
    ListMembershipsRequest request = LIST_MEMBERSHIPS_REQUEST__INIT;
    ListMembershipsResponse response = LIST_MEMBERSHIPS_RESPONSE__INIT;
    request.user_id = id_text(ctx->arena, lesson->who.user);
    lesson->err = group_client_list_memberships(lesson->realtime->group, ctx, &request, &response);
    lesson->conversations = arena_new_array(ctx->arena, Id, response.n_memberships + 1);
    for (size_t i = 0; !lesson->err && i < response.n_memberships; i++) {
        Id *conversation = &lesson->conversations[lesson->n_conversations];
        if (id_parse(str_of(response.memberships[i]->conversation_id), conversation)) lesson->n_conversations++;
    }
    loop_post(lesson->hub->loop, on_memberships, lesson);
}

/* --- taking turns --- */

static void start(Hub *hub, const Unsure *who)
{
    Ctx *ctx = ctx_new("realtime.relearn", clock_now_ms());
    Lesson *lesson = arena_new_of(ctx->arena, Lesson);
    *lesson = (Lesson){ .realtime = hub->realtime,
                        .hub = hub,
                        .ctx = ctx,
                        .who = *who,
                        .deaf = hub->deaf,
                        .since_tick = hub->tick,
                        .read_ms = clock_now_ms() };
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE, .user = who->user };
    edge_job_begin(hub->realtime);
    hub->n_relearning++;
    ask(lesson, id_is_none(who->conversation) ? ask_memberships_on_worker : ask_head_on_worker);
}

/* Users who left meanwhile, or were read since, are passed over; so are conversations of which nobody is here any more. */
static bool is_needed(const Hub *hub, const Unsure *who)
{
    if (!id_is_none(who->conversation)) return hub_conversation(hub, who->conversation) != NULL;
    const HubUser *user = hub_user(hub, who->user);
    return user && user->is_unsure;
}

static void start_next(Hub *hub)
{
    while (hub->at_unsure < hub->n_unsure && hub->n_relearning < RELEARN_AT_ONCE && !hub->relearn_rests) {
        Unsure who = hub->unsure[hub->at_unsure++];
        if (is_needed(hub, &who)) start(hub, &who);
    }
    if (hub->at_unsure == hub->n_unsure) line_clear(hub);
}

void relearn_all(Hub *hub)
{
    hub->deaf++;
    line_clear(hub);
    size_t at = 0;
    for (HubUser *user; (user = map_next(&hub->users, &at));) {
        user->is_unsure = true;
        line_add(hub, (Unsure){ .user = user->id });
    }
    start_next(hub);
}

void relearn_conversation(Hub *hub, Id conversation)
{
    if (!hub->config->has_peers) return;
    line_add(hub, (Unsure){ .conversation = conversation });
    start_next(hub);
}

void relearn_tick(Hub *hub)
{
    hub->relearn_rests = hub->clients.is_draining;
    if (hub->n_unsure) start_next(hub);
}
