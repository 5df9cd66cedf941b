/* A change is published once, with the conversations whose members may see it. See presence_news.h. */
#include "realtime/presence/presence_news.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "group_client.h"
#include "notification_client.h"
#include "rpc/event.h"
#include "rpc/transcode.h"

typedef struct PresenceJob {
    Realtime *realtime;
    Id user;
    bool is_online;
    int64_t at_ms;
} PresenceJob;

ON_WORKER static Err read_conversations(Realtime *realtime, Ctx *ctx, PresenceChanged *change)
{
    ListMembershipsRequest request = LIST_MEMBERSHIPS_REQUEST__INIT;
    ListMembershipsResponse response = LIST_MEMBERSHIPS_RESPONSE__INIT;
    request.user_id = change->presence->user_id;
    Err err = group_client_list_memberships(realtime->group, ctx, &request, &response);
    if (err) return err;

    change->conversation_ids = arena_new_array(ctx->arena, char *, response.n_memberships);
    for (size_t i = 0; i < response.n_memberships; i++) {
        const Membership *membership = response.memberships[i];
        if (!membership->accepted || membership->member_count > PRESENCE_MEMBERS_MAX) continue;
        change->conversation_ids[change->n_conversation_ids++] = membership->conversation_id;
    }
    return OK;
}

ON_WORKER static Err publish(Ctx *ctx, const PresenceJob *what)
{
    Presence presence = PRESENCE__INIT;
    PresenceChanged change = PRESENCE_CHANGED__INIT;
    presence.user_id = id_text(ctx->arena, what->user);
    presence.online = what->is_online;
    if (!what->is_online) presence.last_seen_at = timestamp_new(ctx->arena, what->at_ms);
    change.presence = &presence;

    Err err = read_conversations(what->realtime, ctx, &change);
    if (err || !change.n_conversation_ids) return err;
    Envelope *event = event_new(ctx, ID_NONE, what->user);
    event->data_case = ENVELOPE__DATA_PRESENCE_CHANGED;
    event->presence_changed = &change;
    return pubsub_publish(what->realtime->pubsub, ctx, STR(TOPIC_PRESENCE), message_pack(ctx->arena, &event->base));
}

ON_WORKER static Err record_last_seen(Ctx *ctx, const PresenceJob *what)
{
    RecordLastSeenRequest request = RECORD_LAST_SEEN_REQUEST__INIT;
    RecordLastSeenResponse response = RECORD_LAST_SEEN_RESPONSE__INIT;
    char *user = id_text(ctx->arena, what->user);
    request.user_ids = &user;
    request.n_user_ids = 1;
    request.at = timestamp_new(ctx->arena, what->at_ms);
    return notification_client_record_last_seen(what->realtime->notification, ctx, &request, &response);
}

static void publish_on_worker(void *arg)
{
    thread_role_assert(THREAD_WORKER);
    static LogLimit told_record, told_publish;
    PresenceJob *what = arg;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.presence", clock_now_ms());
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE, .user = what->user };
    ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    /* Presence events may get lost: GetPresence always returns the current state. */
    if (!what->is_online && record_last_seen(ctx, what))
        log_failure_within(&told_record, clock_monotonic_ms(), LOG_WARN, ctx, "presence.not_recorded");
    if (publish(ctx, what)) log_failure_within(&told_publish, clock_monotonic_ms(), LOG_WARN, ctx, "presence.not_told");
    edge_job_done(what->realtime);
    free(what);
}

void presence_news_publish(Realtime *realtime, Id user, bool is_online, int64_t at_ms)
{
    PresenceJob *what = malloc(sizeof *what);
    if (!what) abort();
    *what = (PresenceJob){ .realtime = realtime, .user = user, .is_online = is_online, .at_ms = at_ms };
    if (!edge_submit(realtime, publish_on_worker, what)) free(what);
}
