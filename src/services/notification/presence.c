/* Who is online, for those who share a conversation with them. */
#include "base/map.h"
#include "group_client.h"
#include "rpc/transcode.h"
#include "services/notification/service.h"
#include "services/notification/store.h"

#define USERS_MAX 200

/* Where the caller belongs, by conversation id as text. */
typedef struct Circle {
    Map conversations;
} Circle;

static void circle_done(Circle *circle)
{
    map_done(&circle->conversations);
}

static Err list_memberships(NotificationService *svc, Ctx *ctx, Id user, ListMembershipsResponse *out_memberships)
{
    ListMembershipsRequest request = LIST_MEMBERSHIPS_REQUEST__INIT;
    list_memberships_response__init(out_memberships);
    request.user_id = id_text(ctx->arena, user);
    return group_client_list_memberships(svc->group, ctx, &request, out_memberships);
}

static Err read_circle(NotificationService *svc, Ctx *ctx, Id caller, Circle *out_circle)
{
    ListMembershipsResponse memberships;
    Err err = list_memberships(svc, ctx, caller, &memberships);
    for (size_t i = 0; !err && i < memberships.n_memberships; i++)
        map_put(&out_circle->conversations, str_of(memberships.memberships[i]->conversation_id),
                memberships.memberships[i]);
    return err;
}

static Err check_shared(NotificationService *svc, Ctx *ctx, const Circle *circle, Id user, bool *out_is_shared)
{
    ListMembershipsResponse memberships;
    *out_is_shared = false;
    Err err = list_memberships(svc, ctx, user, &memberships);
    for (size_t i = 0; !err && !*out_is_shared && i < memberships.n_memberships; i++)
        *out_is_shared = map_get(&circle->conversations, str_of(memberships.memberships[i]->conversation_id)) != NULL;
    return err;
}

static Err parse_users(Ctx *ctx, const GetPresenceRequest *req, Id *out_users)
{
    if (req->n_user_ids > USERS_MAX) return ctx_fail(ctx, ERR_INVALID, "user_ids: over %d", USERS_MAX);
    for (size_t i = 0; i < req->n_user_ids; i++) {
        if (!id_parse(str_of(req->user_ids[i]), &out_users[i]))
            return ctx_fail(ctx, ERR_INVALID, "user_ids[%zu]: not a UUID", i);
    }
    return OK;
}

typedef struct PresenceWork {
    NotificationService *svc;
    const Id *users;
    size_t n_users;
    GetPresenceResponse *out;
} PresenceWork;

static Err read_presences(Tx *tx, Ctx *ctx, void *arg)
{
    const PresenceWork *work = arg;
    const NotificationService *svc = work->svc;
    for (size_t i = 0; i < work->n_users; i++) {
        Presence *presence = arena_new_of(ctx->arena, Presence);
        int64_t at_ms;
        presence__init(presence);
        presence->user_id = id_text(ctx->arena, work->users[i]);
        presence->online = svc->is_online && svc->is_online(svc->online_arg, work->users[i]);
        Err err = last_seen_store_get(tx, ctx, work->users[i], &at_ms);
        if (err) return err;
        if (!presence->online && at_ms) presence->last_seen_at = timestamp_new(ctx->arena, at_ms);
        work->out->presences[i] = presence;
    }
    work->out->n_presences = work->n_users;
    return OK;
}

Err notification_get_presence(NotificationService *svc, Ctx *ctx, const GetPresenceRequest *req,
                              GetPresenceResponse *out)
{
    _cleanup_(circle_done) Circle circle = { 0 };
    Id asked[USERS_MAX], shared[USERS_MAX];
    PresenceWork work = { .svc = svc, .users = shared, .out = out };

    Err err = parse_users(ctx, req, asked);
    if (!err) err = read_circle(svc, ctx, ctx->actor.user, &circle);
    for (size_t i = 0; !err && i < req->n_user_ids; i++) {
        bool is_shared = id_eq(asked[i], ctx->actor.user);
        if (!is_shared) err = check_shared(svc, ctx, &circle, asked[i], &is_shared);
        if (!err && is_shared) shared[work.n_users++] = asked[i];
    }
    if (err) return err;
    out->presences = arena_new_array(ctx->arena, Presence *, work.n_users + 1);
    return db_read(svc->db, ctx, read_presences, &work);
}

typedef struct LastSeenWork {
    Id user;
    int64_t at_ms;
} LastSeenWork;

static Err record_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const LastSeenWork *work = arg;
    return last_seen_store_set(tx, ctx, work->user, work->at_ms);
}

Err notification_record_last_seen(NotificationService *svc, Ctx *ctx, const RecordLastSeenRequest *req,
                                  RecordLastSeenResponse *out)
{
    LastSeenWork work = { .at_ms = timestamp_ms(req->at) };
    if (!id_parse(str_of(req->user_id), &work.user)) return ctx_fail(ctx, ERR_INVALID, "user_id: not a UUID");
    return db_write(svc->db, ctx, record_in_tx, &work);
}
