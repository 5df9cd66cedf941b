/* Administration: accounts and invitations. The dispatch admits only administrators' tokens; here the account's current
 * role decides, because a token may be minutes old. */
#include "access/authorize.h"
#include "services/auth/events.h"
#include "services/auth/profiles.h"
#include "services/auth/rules.h"
#include "services/auth/sessions.h"
#include "services/auth/views.h"

/* The command line acts as a service without a user, and has the owner's rights. */
static Err allow(Tx *tx, Ctx *ctx, Action action, AccountRole target)
{
    AccountRow actor = { .role = ACCOUNT_ROLE__OWNER_ACCOUNT };
    bool is_operator = ctx->actor.kind == ACTOR_SERVICE && id_is_none(ctx->actor.user);
    if (!is_operator) {
        Err err = account_by_id(tx, ctx, ctx->actor.user, &actor);
        if (err == ERR_NOT_FOUND) return ctx_fail(ctx, ERR_FORBIDDEN, "your account is gone");
        if (err) return err;
    }
    Subject subject = { .user = ctx->actor.user, .account = actor.role, .is_closed = actor.disabled };
    Object object = { .account = target };
    return authorize(ctx, &subject, action, &object);
}

typedef struct ListWork {
    Id after;
    size_t limit;
    AccountList accounts;
} ListWork;

static Err list_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ListWork *work = arg;
    Err err = allow(tx, ctx, ACTION_READ_ACCOUNTS, ACCOUNT_ROLE__MEMBER_ACCOUNT);
    if (err) return err;
    return account_page(tx, ctx, work->after, (int64_t)work->limit + 1, &work->accounts); /* one more tells has_more */
}

Err auth_list_accounts(AuthService *svc, Ctx *ctx, const ListAccountsRequest *request,
                       ListAccountsResponse *out_response)
{
    uint32_t limit = RPC_PAGE(request->limit, LIST_ACCOUNTS_REQUEST__LIMIT);
    ListWork work = { .limit = limit };
    Err err = request_id_optional(ctx, "after_id", request->after_id, &work.after);
    if (err) return err;
    err = db_read(svc->db, ctx, list_in_tx, &work);
    if (err) return err;

    size_t count = work.accounts.count < work.limit ? work.accounts.count : work.limit;
    out_response->has_more = work.accounts.count > work.limit;
    out_response->accounts = arena_new_array(ctx->arena, Account *, count);
    for (size_t i = 0; i < count; i++)
        out_response->accounts[out_response->n_accounts++] = account_view(ctx, &work.accounts.rows[i]);
    return OK;
}

typedef struct StandingWork {
    AuthService *svc;
    Id user;
    bool has_disabled, disabled;
    bool has_role;
    AccountRole role;
    AccountRow account;
    EndedList ended;
} StandingWork;

static Err standing_authorize(Tx *tx, Ctx *ctx, const StandingWork *work)
{
    Err err = OK;
    if (work->has_disabled) err = allow(tx, ctx, ACTION_CLOSE_ACCOUNT, work->account.role);
    if (!err && work->has_role) err = allow(tx, ctx, ACTION_SET_ACCOUNT_ROLE, work->account.role);
    return err;
}

static Err standing_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    StandingWork *work = arg;
    AccountRow *account = &work->account;
    work->ended.count = 0;
    /* Check first whether the caller may know of accounts at all. */
    Err err = allow(tx, ctx, ACTION_READ_ACCOUNTS, ACCOUNT_ROLE__MEMBER_ACCOUNT);
    if (err) return err;
    err = account_by_id(tx, ctx, work->user, account);
    if (err == ERR_NOT_FOUND) return ctx_fail(ctx, ERR_NOT_FOUND, "there is no such account");
    if (err) return err;
    err = standing_authorize(tx, ctx, work);
    if (err) return err;

    bool was_admin = role_is_admin(account->role);
    if (work->has_disabled) account->disabled = work->disabled;
    if (work->has_role) account->role = work->role;
    err = account_set_standing(tx, ctx, account->id, account->role, account->disabled);
    /* Even if nothing changed, so that consumers which missed the event get it now. */
    if (!err && work->has_disabled) err = event_account_standing(work->svc, tx, ctx, account->id);
    if (err) return err;
    /* No token may carry more rights than the account has. */
    bool loses = account->disabled || (was_admin && !role_is_admin(account->role));
    return loses ? session_end_others(work->svc, tx, ctx, account->id, ID_NONE, &work->ended) : OK;
}

Err auth_update_account(AuthService *svc, Ctx *ctx, const UpdateAccountRequest *request,
                        UpdateAccountResponse *out_response)
{
    StandingWork *work = arena_new_of(ctx->arena, StandingWork);
    work->svc = svc;
    work->has_disabled = request->_disabled_case == UPDATE_ACCOUNT_REQUEST___DISABLED_DISABLED;
    work->disabled = work->has_disabled && request->disabled;
    work->has_role = request->_role_case == UPDATE_ACCOUNT_REQUEST___ROLE_ROLE;
    work->role = work->has_role ? request->role : ACCOUNT_ROLE__MEMBER_ACCOUNT;

    Err err = request_id(ctx, "id", request->id, &work->user);
    if (err) return err;
    if (work->role != ACCOUNT_ROLE__MEMBER_ACCOUNT && work->role != ACCOUNT_ROLE__ADMIN_ACCOUNT)
        return ctx_fail(ctx, ERR_INVALID, "role: MEMBER_ACCOUNT or ADMIN_ACCOUNT");
    err = db_write(svc->db, ctx, standing_in_tx, work);
    if (err) return err;
    sessions_ended(svc, &work->ended);
    profile_forget(svc, ctx, work->user);
    out_response->account = account_view(ctx, &work->account);
    return OK;
}

typedef struct InviteWork {
    InviteRow invite;
    SecretHash code;
    InviteList list;
} InviteWork;

static Err invite_add_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    InviteWork *work = arg;
    Err err = allow(tx, ctx, ACTION_INVITE, ACCOUNT_ROLE__MEMBER_ACCOUNT);
    if (err) return err;
    return invite_add(tx, ctx, &work->invite, &work->code);
}

Err auth_create_invite(AuthService *svc, Ctx *ctx, const CreateInviteRequest *request,
                       CreateInviteResponse *out_response)
{
    uint32_t uses = request->max_uses ? request->max_uses : 1, ttl_s = request->ttl_s ? request->ttl_s : INVITE_TTL_S;

    InviteWork work = { .invite = { .id = id_new(ctx->now_ms),
                                    .uses_left = uses,
                                    .expires_ms = ctx->now_ms + (int64_t)ttl_s * 1000,
                                    .created_ms = ctx->now_ms,
                                    .created_by = ctx->actor.user } };
    Str code = code_new(ctx->arena, &work.code);
    Err err = db_write(svc->db, ctx, invite_add_in_tx, &work);
    if (err) return err;
    out_response->invite = invite_view(ctx, &work.invite);
    out_response->code = str_cstr(ctx->arena, code);
    return OK;
}

static Err invite_list_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    InviteWork *work = arg;
    Err err = allow(tx, ctx, ACTION_INVITE, ACCOUNT_ROLE__MEMBER_ACCOUNT);
    if (err) return err;
    return invite_list(tx, ctx, &work->list);
}

Err auth_list_invites(AuthService *svc, Ctx *ctx, const ListInvitesRequest *request, ListInvitesResponse *out_response)
{
    InviteWork work = { 0 };
    Err err = db_read(svc->db, ctx, invite_list_in_tx, &work);
    if (err) return err;
    out_response->invites = arena_new_array(ctx->arena, Invite *, work.list.count);
    for (size_t i = 0; i < work.list.count; i++)
        out_response->invites[out_response->n_invites++] = invite_view(ctx, &work.list.rows[i]);
    return OK;
}

static Err invite_remove_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    InviteWork *work = arg;
    Err err = allow(tx, ctx, ACTION_INVITE, ACCOUNT_ROLE__MEMBER_ACCOUNT);
    if (err) return err;
    err = invite_remove(tx, ctx, work->invite.id);
    return err == ERR_NOT_FOUND ? ctx_fail(ctx, ERR_NOT_FOUND, "there is no such invitation") : err;
}

Err auth_revoke_invite(AuthService *svc, Ctx *ctx, const RevokeInviteRequest *request,
                       RevokeInviteResponse *out_response)
{
    InviteWork work = { 0 };
    Err err = request_id(ctx, "id", request->id, &work.invite.id);
    if (err) return err;
    return db_write(svc->db, ctx, invite_remove_in_tx, &work);
}

#define TOLD_AT_ONCE 200 /* so that others write in between */

typedef struct TellWork {
    AuthService *svc;
    AccountList untold;
} TellWork;

static Err tell_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    TellWork *work = arg;
    Err err = account_untold(tx, ctx, TOLD_AT_ONCE, &work->untold);
    for (size_t i = 0; !err && i < work->untold.count; i++)
        err = event_account_standing(work->svc, tx, ctx, work->untold.rows[i].id);
    return err;
}

static Err look_untold_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    TellWork *work = arg;
    return account_untold(tx, ctx, 1, &work->untold);
}

Err accounts_tell_closed(AuthService *svc, Ctx *ctx)
{
    TellWork work = { .svc = svc };
    Err err = db_read(svc->db, ctx, look_untold_in_tx, &work);
    for (bool more = work.untold.count > 0; !err && more; more = work.untold.count == TOLD_AT_ONCE)
        err = db_write(svc->db, ctx, tell_in_tx, &work);
    return err == ERR_STORAGE_FULL ? OK : err; /* a later start publishes the rest */
}
