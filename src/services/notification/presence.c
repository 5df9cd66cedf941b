/* Who is online, for those who share a conversation with them. */
#include <stdlib.h>

#include "base/map.h"
#include "group_client.h"
#include "rpc/transcode.h"
#include "services/notification/service.h"
#include "services/notification/store.h"

#define PRESENCE_USERS_MAX GET_PRESENCE_REQUEST__USER_IDS__MAX_ITEMS

/* Whom the caller asks about: each once, in the order asked. */
typedef struct Asked {
    Id users[PRESENCE_USERS_MAX];
    size_t n;
    Map by_user; /* -> into users */
} Asked;

static void asked_done(Asked *asked)
{
    map_done(&asked->by_user);
}

static Err read_asked(Ctx *ctx, const GetPresenceRequest *req, Asked *out_asked)
{
    if (req->n_user_ids > PRESENCE_USERS_MAX)
        return ctx_fail(ctx, ERR_TOO_LARGE, "user_ids: over %d", PRESENCE_USERS_MAX);
    for (size_t i = 0; i < req->n_user_ids; i++) {
        Id *user = &out_asked->users[out_asked->n];
        if (!id_parse(str_of(req->user_ids[i]), user))
            return ctx_fail(ctx, ERR_INVALID, "user_ids[%zu]: not a UUID", i);
        if (map_get(&out_asked->by_user, id_key(user))) continue;
        map_put(&out_asked->by_user, id_key(user), user);
        out_asked->n++;
    }
    return OK;
}

/* Leaves those who share a conversation with the caller, and the caller. One question, whatever was asked. */
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
    _cleanup_(asked_done) Asked asked = { .n = 0 };
    PresenceWork work = { .svc = svc, .asked = &asked, .out = out };
    Err err = read_asked(ctx, req, &asked);
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

static int by_id(const void *a, const void *b)
{
    return id_cmp(*(const Id *)a, *(const Id *)b);
}

Err notification_record_last_seen(NotificationService *svc, Ctx *ctx, const RecordLastSeenRequest *req,
                                  RecordLastSeenResponse *out)
{
    LastSeenWork work = { .n = req->n_user_ids, .at_ms = timestamp_ms(req->at) };
    work.users = arena_new_array(ctx->arena, Id, work.n + 1);
    for (size_t i = 0; i < work.n; i++)
        if (!id_parse(str_of(req->user_ids[i]), &work.users[i]))
            return ctx_fail(ctx, ERR_INVALID, "user_ids[%zu]: not a UUID", i);
    /* Two gateways that write of the same people lock the rows in the same order. */
    qsort(work.users, work.n, sizeof *work.users, by_id);
    return db_write(svc->db, ctx, record_in_tx, &work);
}
