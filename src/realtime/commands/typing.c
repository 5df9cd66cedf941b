/* Typing is published through pubsub, since members may be connected anywhere. It may get lost. */
#include "realtime/commands/typing.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "group_client.h"
#include "realtime/hub/lookup.h"
#include "realtime/upstream/edge.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"

typedef struct TypingJob {
    Realtime *realtime;
    Id user, conversation;
} TypingJob;

/* In a direct conversation typing is published only once the typist has written there: starting to type a reply to a
 * stranger must not reveal anything. */
ON_WORKER static Err check_told(const TypingJob *job, Ctx *ctx, bool *out_told)
{
    CheckMemberRequest request = CHECK_MEMBER_REQUEST__INIT;
    CheckMemberResponse response = CHECK_MEMBER_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, job->conversation);
    request.user_id = id_text(ctx->arena, job->user);
    Err err = group_client_check_member(job->realtime->group, ctx, &request, &response);
    *out_told = response.accepted || response.kind == CONVERSATION_KIND__GROUP;
    return err;
}

ON_WORKER static Err publish(const TypingJob *job, Ctx *ctx)
{
    TypingStarted typing = TYPING_STARTED__INIT;
    bool told;
    Err err = check_told(job, ctx, &told);
    if (err || !told) return err;
    typing.user_id = id_text(ctx->arena, job->user);
    Envelope *event = event_new(ctx, job->conversation, ID_NONE);
    event->data_case = ENVELOPE__DATA_TYPING_STARTED;
    event->typing_started = &typing;
    Str topic = str_of(topic_conversation(ctx->arena, job->conversation));
    return pubsub_publish(job->realtime->pubsub, ctx, topic, message_pack(ctx->arena, &event->base));
}

static void publish_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    TypingJob *job = arg;
    Realtime *realtime = job->realtime;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.typing", clock_now_ms());
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE, .user = job->user };
    ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    if (publish(job, ctx)) log_failure(LOG_DEBUG, ctx, "typing.not_told");
    free(job);
    edge_job_done(realtime);
}

/* Reuses the oldest entry; if all were used within the interval, the user is typing in too many conversations at
 * once. */
static bool may_tell(ClientSession *session, Id conversation)
{
    SessionExtras *extras = session_extras(session);
    int64_t now_ms = session->all->now_ms;
    int oldest = 0;
    for (int i = 0; i < TYPING_KEPT; i++) {
        if (extras->typing[i].at_ms < extras->typing[oldest].at_ms) oldest = i;
        if (!id_eq(extras->typing[i].conversation, conversation)) continue;
        oldest = i;
        break;
    }
    if (extras->typing[oldest].at_ms && now_ms - extras->typing[oldest].at_ms < WS_TYPING_INTERVAL_MS) return false;
    extras->typing[oldest].conversation = conversation;
    extras->typing[oldest].at_ms = now_ms;
    return true;
}

void typing_publish(ClientSession *session, Id conversation)
{
    Hub *hub = hub_of(session);
    if (!hub_is_member(hub, session->user, conversation) || !may_tell(session, conversation)) return;
    TypingJob *job = malloc(sizeof *job);
    if (!job) abort();
    *job = (TypingJob){ .realtime = hub->realtime, .user = session->user->id, .conversation = conversation };
    if (!edge_submit(hub->realtime, publish_on_worker, job)) free(job);
}
