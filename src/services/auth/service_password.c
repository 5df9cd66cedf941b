/* Setting a new password: by its user, with the old one, or from the command line. */
#include "services/auth/credentials.h"
#include "services/auth/devices.h"
#include "services/auth/rules.h"
#include "services/auth/sessions.h"

typedef struct PasswordWork {
    AuthService *svc;
    AccountRow account;
    Str username; /* command line */
    Str new_hash;
    Id kept; /* the session that goes on */
    Str device_token;
    EndedList ended;
} PasswordWork;

static Err find_own_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    PasswordWork *work = arg;
    return account_by_id(tx, ctx, ctx->actor.user, &work->account);
}

static Err find_named_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    PasswordWork *work = arg;
    Err err = account_by_name(tx, ctx, work->username, &work->account);
    if (err != ERR_NOT_FOUND) return err;
    return ctx_fail(ctx, ERR_NOT_FOUND, "there is no user %.*s", STR_ARG(work->username));
}

/* Ends all other sessions, because anyone who knew the old password may be signed in somewhere. */
static Err set_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    PasswordWork *work = arg;
    work->ended.count = 0;
    Err err = account_set_password(tx, ctx, work->account.id, work->account.password_hash, work->new_hash);
    if (err == ERR_CONFLICT) return ctx_fail(ctx, ERR_CONFLICT, "the password was changed just now from elsewhere");
    if (!err) err = devices_forget(tx, ctx, work->account.id);
    if (!err) err = device_new(tx, ctx, work->account.id, &work->device_token);
    if (err) return err;
    return session_end_others(work->svc, tx, ctx, work->account.id, work->kept, &work->ended);
}

ON_WORKER static Err set(PasswordWork *work, Ctx *ctx, Str password)
{
    Err err = password_hash(work->svc->passwords, ctx, password, &work->new_hash);
    if (err) return err;
    err = db_write(work->svc->db, ctx, set_in_tx, work);
    if (err) return err;
    sessions_ended(work->svc, &work->ended);
    return OK;
}

/* Throttled, so that a stolen access token does not help guess the password. */
ON_WORKER static Err verify_old(PasswordWork *work, Ctx *ctx, Str password)
{
    bool match = false, stale = false;
    Claimant claimant = { .session = ctx->actor.session };
    Err err = credentials_check(work->svc, ctx, &claimant, work->account.password_hash, password, &match, &stale);
    if (err) return err;
    /* Not "unauthenticated": the access token is valid, and clients would refresh it. */
    return match ? OK : ctx_fail(ctx, ERR_FORBIDDEN, "old_password: wrong password");
}

Err auth_change_password(AuthService *svc, Ctx *ctx, const ChangePasswordRequest *request,
                         ChangePasswordResponse *out_response)
{
    Str old_password = str_of(request->old_password), new_password = str_of(request->new_password);
    PasswordWork *work = arena_new_of(ctx->arena, PasswordWork);
    work->svc = svc;
    work->kept = ctx->actor.session;

    Err err = password_check(ctx, "new_password", new_password, &new_password);
    if (err) return err;
    err = db_read(svc->db, ctx, find_own_in_tx, work);
    if (err) return err;
    err = verify_old(work, ctx, old_password);
    if (err) return err;
    err = set(work, ctx, new_password);
    if (err) return err;
    out_response->device_token = str_cstr(ctx->arena, work->device_token);
    return OK;
}

Err auth_account_find(AuthService *svc, Ctx *ctx, Str username, Id *out_user)
{
    PasswordWork *work = arena_new_of(ctx->arena, PasswordWork);
    work->username = username;
    Err err = db_read(svc->db, ctx, find_named_in_tx, work);
    if (err) return err;
    *out_user = work->account.id;
    return OK;
}

Err auth_account_set_password(AuthService *svc, Ctx *ctx, Str username, Str password)
{
    PasswordWork *work = arena_new_of(ctx->arena, PasswordWork);
    work->svc = svc;
    work->username = username;
    Err err = password_check(ctx, "password", password, &password);
    if (err) return err;
    err = db_read(svc->db, ctx, find_named_in_tx, work);
    if (err) return err;
    return set(work, ctx, password);
}
