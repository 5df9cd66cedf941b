/* After an account was closed or reopened: ownership of what a closed one owns passes to members who can manage it. The
 * current state is queried from auth when the event arrives: events may be duplicated and late, and any later change
 * brings another one. */
#include "auth_client.h"
#include "rpc/event.h"
#include "services/group/service.h"

#define AT_ONCE 100 /* conversations per page */

const char *const group_topics[] = { "account.standing", NULL };

typedef struct AccountWork {
    GroupService *svc;
    Id user;
    bool closed;
    /* a page of conversations */
    Id after;
    Id conversations[AT_ONCE], peers[AT_ONCE];
    uint32_t n;
    /* the current one, and the other member concerned */
    Id conversation;
    Id touched[2];
    size_t n_touched;
} AccountWork;

ON_WORKER static Err ask_auth(AccountWork *w, Ctx *ctx)
{
    ResolveUsersRequest request = RESOLVE_USERS_REQUEST__INIT;
    ResolveUsersResponse response = RESOLVE_USERS_RESPONSE__INIT;
    request.n_ids = 1;
    request.ids = (char *[]){ id_text(ctx->arena, w->user) };
    Err err = auth_client_resolve_users(w->svc->auth, ctx, &request, &response);
    w->closed = response.n_users == 0;
    return err;
}

static Err set_closed_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const AccountWork *w = arg;
    return group_store_set_closed(tx, ctx, w->user, w->closed);
}

static Err list_directs_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AccountWork *w = arg;
    return group_store_directs(tx, ctx, w->user, w->after, AT_ONCE, w->conversations, w->peers, &w->n);
}

static Err list_ownerless_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AccountWork *w = arg;
    return group_store_ownerless(tx, ctx, w->user, w->after, AT_ONCE, w->conversations, &w->n);
}

/* As when an owner leaves, except that the owner stays, as an admin; nothing changes if nobody is left to manage it. */
static Err hand_on_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AccountWork *w = arg;
    MemberRow owner = { 0 }, heir;
    bool closed = false;
    w->n_touched = 0;
    Err err = group_store_lock(tx, ctx, w->conversation);
    if (!err) err = group_store_find_owner(tx, ctx, w->conversation, &owner);
    if (!err) err = group_store_is_closed(tx, ctx, owner.user, &closed);
    if (err || !closed) return err == ERR_NOT_FOUND ? OK : err; /* deleted, or already transferred */
    err = group_store_find_heir(tx, ctx, w->conversation, owner.user, &heir, &closed);
    if (err || closed) return err == ERR_NOT_FOUND ? OK : err;

    ctx->actor = (Actor){ .kind = ACTOR_SERVICE, .user = owner.user }; /* on behalf of the owner */
    err = group_set_role(w->svc, tx, ctx, w->conversation, &heir, MEMBER_ROLE__OWNER);
    if (!err) err = group_set_role(w->svc, tx, ctx, w->conversation, &owner, MEMBER_ROLE__ADMIN_MEMBER);
    w->touched[0] = heir.user;
    w->touched[1] = owner.user;
    w->n_touched = 2;
    return err;
}

static Err hand_on(AccountWork *w, Ctx *ctx, uint32_t i)
{
    thread_role_assert(THREAD_WORKER);
    w->conversation = w->conversations[i];
    Err err = db_write(w->svc->db, ctx, hand_on_in_tx, w);
    if (!err) group_forget(w->svc, ctx, w->conversation, w->touched, w->n_touched);
    return err;
}

/* Drops cached standings, so that message refuses sends to a closed account, and no longer once it is reopened. */
static Err forget_standings(AccountWork *w, Ctx *ctx, uint32_t i)
{
    thread_role_assert(THREAD_WORKER);
    group_forget(w->svc, ctx, w->conversations[i], &w->peers[i], 1);
    return OK;
}

/* Applies it to all listed conversations. */
ON_WORKER static Err for_each(AccountWork *w, Ctx *ctx, DbFn list, Err (*act)(AccountWork *w, Ctx *ctx, uint32_t i))
{
    w->after = ID_NONE;
    do {
        Err err = db_read(w->svc->db, ctx, list, w);
        for (uint32_t i = 0; !err && i < w->n; i++) err = act(w, ctx, i);
        if (err) return err;
        if (w->n) w->after = w->conversations[w->n - 1];
    } while (w->n == AT_ONCE);
    return OK;
}

Err group_on_event(void *svc, Ctx *ctx, Str payload)
{
    AccountWork *work = arena_new_of(ctx->arena, AccountWork);
    const Envelope *event = event_unpack(ctx->arena, payload);
    work->svc = svc;
    if (!event || !id_parse(str_of(event->user_id), &work->user))
        return ctx_fail(ctx, ERR_INVALID, "not an event of an account");

    Err err = ask_auth(work, ctx);
    if (!err) err = db_write(work->svc->db, ctx, set_closed_in_tx, work);
    if (!err) err = for_each(work, ctx, list_directs_in_tx, forget_standings);
    return err ? err : for_each(work, ctx, list_ownerless_in_tx, hand_on);
}
