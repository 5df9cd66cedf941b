/* A change is published once, with the conversations whose members may see it. See online.h. */
#include "realtime/online.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "group_client.h"
#include "notification_client.h"
#include "realtime/announce.h"
#include "realtime/edge.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"

/* A user who left, in the order of leaving. */
struct Farewell {
    Farewell *next;
    Id user;
    uint32_t visit;
    int64_t due_ms; /* monotonic */
    int64_t at_ms;  /* since the epoch */
};

typedef struct Announcement {
    Realtime *realtime;
    Id user;
    bool is_online;
    int64_t at_ms;
} Announcement;

static Err read_conversations(Realtime *realtime, Ctx *ctx, PresenceChanged *change)
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

static Err announce(Ctx *ctx, const Announcement *what)
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

static Err record_last_seen(Ctx *ctx, const Announcement *what)
{
    RecordLastSeenRequest request = RECORD_LAST_SEEN_REQUEST__INIT;
    RecordLastSeenResponse response = RECORD_LAST_SEEN_RESPONSE__INIT;
    char *user = id_text(ctx->arena, what->user);
    request.user_ids = &user;
    request.n_user_ids = 1;
    request.at = timestamp_new(ctx->arena, what->at_ms);
    return notification_client_record_last_seen(what->realtime->notification, ctx, &request, &response);
}

static void announce_on_worker(void *arg)
{
    static LogLimit told_record, told_announce;
    Announcement *what = arg;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.presence", clock_now_ms());
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE, .user = what->user };
    ctx->deadline_ms = clock_monotonic_ms() + RPC_DEADLINE_MS;
    /* Presence may get lost: who asks GetPresence gets the truth. */
    if (!what->is_online && record_last_seen(ctx, what))
        log_failure_within(&told_record, clock_monotonic_ms(), LOG_WARN, ctx, "presence.not_recorded");
    if (announce(ctx, what))
        log_failure_within(&told_announce, clock_monotonic_ms(), LOG_WARN, ctx, "presence.not_told");
    edge_job_done(what->realtime);
    free(what);
}

void online_tell(Realtime *realtime, Id user, bool is_online, int64_t at_ms)
{
    Announcement *what = malloc(sizeof *what);
    if (!what) abort();
    *what = (Announcement){ .realtime = realtime, .user = user, .is_online = is_online, .at_ms = at_ms };
    if (!edge_submit(realtime, announce_on_worker, what)) free(what);
}

/* The user may be online elsewhere. */
static void submit(Hub *hub, Id user, bool is_online, int64_t at_ms)
{
    if (hub->config->has_peers)
        announce_change(hub->realtime, user, is_online, at_ms);
    else
        online_tell(hub->realtime, user, is_online, at_ms);
}

void online_enter(Hub *hub, Id user)
{
    if (presence_table_enter(&hub->realtime->presence, user)) submit(hub, user, true, 0);
}

void online_leave(Hub *hub, Id user)
{
    uint32_t visit;
    if (!presence_table_leave(&hub->realtime->presence, user, &visit)) return;
    Farewell *farewell = malloc(sizeof *farewell);
    if (!farewell) abort();
    *farewell = (Farewell){
        .user = user, .visit = visit, .due_ms = hub->now_ms + hub->config->presence_grace_ms, .at_ms = clock_now_ms()
    };
    if (hub->last_farewell)
        hub->last_farewell->next = farewell;
    else
        hub->first_farewell = farewell;
    hub->last_farewell = farewell;
}

static Farewell *take_first(Hub *hub)
{
    Farewell *farewell = hub->first_farewell;
    hub->first_farewell = farewell->next;
    if (!hub->first_farewell) hub->last_farewell = NULL;
    return farewell;
}

static void settle_first(Hub *hub)
{
    Farewell *farewell = take_first(hub);
    if (presence_table_settle(&hub->realtime->presence, farewell->user, farewell->visit))
        submit(hub, farewell->user, false, farewell->at_ms);
    free(farewell);
}

void online_tick(Hub *hub)
{
    while (hub->first_farewell && hub->first_farewell->due_ms <= hub->now_ms) settle_first(hub);
}

void online_settle_all(Hub *hub)
{
    while (hub->first_farewell) settle_first(hub);
}
