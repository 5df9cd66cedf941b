/* Who is online, for users who share a conversation with them. */
#include "base/map.h"
#include "group_client.h"
#include "rpc/request.h"
#include "rpc/transcode.h"
#include "services/notification/service.h"
#include "services/notification/store.h"

#define PRESENCE_USERS_MAX GET_PRESENCE_REQUEST__USER_IDS__MAX_ITEMS

/* The requested users, without duplicates, in order. */
typedef struct Asked {
    Id *users;
    size_t n;
} Asked;

/* Keeps those who share a conversation with the caller, and the caller. Always one query. */
ON_WORKER static Err keep_acquainted(NotificationService *svc, Ctx *ctx, Asked *asked)
{
    _cleanup_(map_done) Map known = { 0 };
    FilterAcquaintedRequest request = FILTER_ACQUAINTED_REQUEST__INIT;
    FilterAcquaintedResponse response = FILTER_ACQUAINTED_RESPONSE__INIT;
    char *caller = id_text(ctx->arena, ctx->actor.user);
    request.user_id = caller;
    request.n_other_ids = asked->n;
    request.other_ids = arena_new_array(ctx->arena, char *, asked->n + 1);
    for (size_t i = 0; i < asked->n; i++) request.other_ids[i] = id_text(ctx->arena, asked->users[i]);
    Err err = asked->n ? group_client_filter_acquainted(svc->group, ctx, &request, &response) : OK;
    if (err) return err;

    size_t n = 0;
    map_put(&known, str_of(caller), caller);
    for (size_t i = 0; i < response.n_user_ids; i++)
        map_put(&known, str_of(response.user_ids[i]), response.user_ids[i]);
    for (size_t i = 0; i < asked->n; i++)
        if (map_get(&known, str_of(request.other_ids[i]))) asked->users[n++] = asked->users[i];
    asked->n = n;
    return OK;
}

typedef struct PresenceWork {
    NotificationService *svc;
    const Asked *asked;
    GetPresenceResponse *out;
} PresenceWork;

static Presence *presence_of(const NotificationService *svc, Ctx *ctx, Id user, int64_t last_seen_ms)
{
    Presence *presence = arena_new_of(ctx->arena, Presence);
    presence__init(presence);
    presence->user_id = id_text(ctx->arena, user);
    presence->online = svc->is_online && svc->is_online(svc->online_arg, user);
    if (!presence->online && last_seen_ms) presence->last_seen_at = timestamp_new(ctx->arena, last_seen_ms);
    return presence;
}

static Err read_presences(Tx *tx, Ctx *ctx, void *arg)
{
    const PresenceWork *work = arg;
    const Asked *asked = work->asked;
    int64_t at_ms[PRESENCE_USERS_MAX];
    Err err = last_seen_store_get(tx, ctx, asked->users, asked->n, at_ms);
    if (err) return err;
    for (size_t i = 0; i < asked->n; i++)
        work->out->presences[i] = presence_of(work->svc, ctx, asked->users[i], at_ms[i]);
    work->out->n_presences = asked->n;
    return OK;
}

Err notification_get_presence(NotificationService *svc, Ctx *ctx, const GetPresenceRequest *req,
                              GetPresenceResponse *out)
{
    Asked asked = { 0 };
    PresenceWork work = { .svc = svc, .asked = &asked, .out = out };
    Err err = request_ids(ctx, "user_ids", req->user_ids, req->n_user_ids, PRESENCE_USERS_MAX, &asked.users, &asked.n);
    if (!err) err = keep_acquainted(svc, ctx, &asked);
    if (err) return err;
    out->presences = arena_new_array(ctx->arena, Presence *, asked.n + 1);
    return db_read(svc->db, ctx, read_presences, &work);
}

typedef struct LastSeenWork {
    Id *users;
    size_t n;
    int64_t at_ms;
} LastSeenWork;

static Err record_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const LastSeenWork *work = arg;
    for (size_t i = 0; i < work->n; i++) {
        Err err = last_seen_store_set(tx, ctx, work->users[i], work->at_ms);
        if (err) return err;
    }
    return OK;
}

Err notification_record_last_seen(NotificationService *svc, Ctx *ctx, const RecordLastSeenRequest *req,
                                  RecordLastSeenResponse *out)
{
    LastSeenWork work = { .at_ms = timestamp_ms(req->at) };
    Err err = request_ids(ctx, "user_ids", req->user_ids, req->n_user_ids,
                          RECORD_LAST_SEEN_REQUEST__USER_IDS__MAX_ITEMS, &work.users, &work.n);
    if (err) return err;
    /* Two gateways that write about the same users lock the rows in the same order. */
    id_sort(work.users, work.n);
    return db_write(svc->db, ctx, record_in_tx, &work);
}
