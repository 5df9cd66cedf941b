/* Signing in and out, refreshing, the password, and the list of devices. */
#include "services/auth/credentials.h"
#include "services/auth/devices.h"
#include "services/auth/events.h"
#include "services/auth/names.h"
#include "services/auth/rules.h"
#include "services/auth/sessions.h"
#include "services/auth/views.h"

/* One text for every failure of a sign-in, so that it does not reveal which names exist. */
static Err credentials_wrong(Ctx *ctx)
{
    return ctx_fail(ctx, ERR_UNAUTHENTICATED, "wrong user name or password");
}

typedef struct LoginWork {
    AuthService *svc;
    Str username, device;
    char **device_tokens;
    size_t n_device_tokens;
    bool found;
    Device known;
    Str device_token;
    Str verified; /* the hash that matched the password */
    Str new_hash; /* if the stored one has outdated parameters */
    Grant grant;
    EndedList ended;
} LoginWork;

static Err login_find_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    LoginWork *work = arg;
    Err err = account_by_name(tx, ctx, work->username, &work->grant.account);
    work->found = err == OK;
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    return device_find(tx, ctx, work->grant.account.id, work->device_tokens, work->n_device_tokens, &work->known);
}

/* Takes the same time and gives the same response for an unknown name. */
ON_WORKER static Err login_verify(LoginWork *work, Ctx *ctx, Str password, bool *out_stale)
{
    bool match = false;
    Str hash = work->found ? work->grant.account.password_hash : STR("");
    Claimant claimant = { .account = username_key(ctx->arena, work->username), .device = work->known.number };
    Err err = credentials_check(work->svc, ctx, &claimant, hash, password, &match, out_stale);
    if (err) return err;
    if (match) return OK;
    event_sign_in_refused(ctx);
    return credentials_wrong(ctx);
}

/* The password may have been changed during verification: that ended all sessions, and must cover this one too. */
static Err login_is_good(LoginWork *work, Tx *tx, Ctx *ctx)
{
    AccountRow *account = &work->grant.account;
    Err err = account_by_id(tx, ctx, account->id, account);
    if (err) return err;
    if (!str_eq(account->password_hash, work->verified)) return credentials_wrong(ctx);
    if (account->disabled) return ctx_fail(ctx, ERR_FORBIDDEN, "this account is closed");
    return OK;
}

static Err login_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    LoginWork *work = arg;
    const AccountRow *account = &work->grant.account;
    work->ended.count = 0;

    Err err = login_is_good(work, tx, ctx);
    if (err) return err;
    if (work->new_hash.len) err = account_set_password(tx, ctx, account->id, work->verified, work->new_hash);
    if (err) return err;
    err = session_begin(work->svc, tx, ctx, work->device, &work->grant, &work->ended);
    work->device_token = work->known.token;
    if (err || work->device_token.len > 0) return err;
    return device_new(tx, ctx, account->id, &work->device_token);
}

static Err lend_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    return login_is_good(arg, tx, ctx);
}

/* On a full disk people can still be identified, so let them read. Not once guesses can no longer be counted. */
ON_WORKER static Err login_lend(LoginWork *work, Ctx *ctx)
{
    if (!throttle_counts_unstored(work->svc->throttle)) return ERR_STORAGE_FULL;
    ctx_clear(ctx);
    Err err = db_read(work->svc->db, ctx, lend_in_tx, work);
    if (err) return err;
    work->ended.count = 0;
    work->device_token = work->known.token.len ? work->known.token : STR("");
    session_lend(work->svc, ctx, work->device, &work->grant);
    event_session_lent(ctx, work->grant.account.id);
    return OK;
}

ON_WORKER static void login_answer(const LoginWork *work, Ctx *ctx, LoginResponse *out_response)
{
    Tokens tokens = session_tokens(work->svc, ctx, &work->grant);
    out_response->user = tokens.user;
    out_response->access_token = tokens.access_token;
    out_response->refresh_token = tokens.refresh_token;
    out_response->expires_in = tokens.expires_in;
    out_response->device_token = str_cstr(ctx->arena, work->device_token);
}

Err auth_login(AuthService *svc, Ctx *ctx, const LoginRequest *request, LoginResponse *out_response)
{
    LoginWork *work = arena_new_of(ctx->arena, LoginWork);
    *work = (LoginWork){ .svc = svc,
                         .username = str_of(request->username),
                         .device = str_of(request->device),
                         .device_tokens = request->device_tokens,
                         .n_device_tokens = request->n_device_tokens };
    Str password = str_of(request->password);
    bool stale = false;

    if (work->n_device_tokens > LOGIN_REQUEST__DEVICE_TOKENS__MAX_ITEMS)
        return ctx_fail(ctx, ERR_TOO_LARGE, "device_tokens: at most %d", LOGIN_REQUEST__DEVICE_TOKENS__MAX_ITEMS);
    Err err = db_read(svc->db, ctx, login_find_in_tx, work);
    if (err) return err;
    err = login_verify(work, ctx, password, &stale);
    if (err) return err;
    work->verified = work->grant.account.password_hash;
    if (stale) err = password_hash(svc->passwords, ctx, password_prepared(ctx->arena, password), &work->new_hash);
    if (err) return err;
    err = db_write(svc->db, ctx, login_in_tx, work);
    if (err == ERR_STORAGE_FULL) err = login_lend(work, ctx);
    if (err) return err;

    sessions_ended(svc, &work->ended);
    login_answer(work, ctx, out_response);
    return OK;
}

typedef struct RefreshWork {
    AuthService *svc;
    RefreshToken token;
    enum { REFRESH_REFUSED, REFRESH_REUSED, REFRESH_DONE } outcome; /* a reuse commits: it ends the session */
    Grant grant;
    EndedList ended;
} RefreshWork;

static Err refresh_reused(RefreshWork *work, Tx *tx, Ctx *ctx)
{
    work->outcome = REFRESH_REUSED;
    return session_end(work->svc, tx, ctx, &work->grant.session, &work->ended);
}

/* Whether the token belongs to an active session; it may be an old token. */
static Err refresh_look(RefreshWork *work, Tx *tx, Ctx *ctx, bool *out_good)
{
    SessionRow *session = &work->grant.session;
    *out_good = false;
    work->outcome = REFRESH_REFUSED;
    work->ended.count = 0;

    Err err = session_by_id(tx, ctx, work->token.session, session);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (!refresh_token_is_genuine(&work->token, &session->family)) return OK;
    if (session->expires_ms <= ctx->now_ms) return OK;

    err = account_by_id(tx, ctx, session->user, &work->grant.account);
    *out_good = !err && !work->grant.account.disabled;
    return err;
}

static Err refresh_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    RefreshWork *work = arg;
    bool good;
    Err err = refresh_look(work, tx, ctx, &good);
    if (err || !good) return err;
    err = session_continue(work->svc, tx, ctx, &work->token, &work->grant);
    if (err == ERR_NOT_FOUND) return refresh_reused(work, tx, ctx);
    if (err == ERR_CONFLICT) return ctx_fail(ctx, ERR_UNAVAILABLE, "the session was refreshed just now");
    if (!err) work->outcome = REFRESH_DONE;
    return err;
}

static Err refresh_lend_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    RefreshWork *work = arg;
    bool good;
    Err err = refresh_look(work, tx, ctx, &good);
    if (err || !good) return err;
    if (!session_lend_again(work->svc, ctx, &work->token, &work->grant))
        return ctx_fail(ctx, ERR_STORAGE_FULL, "the disk is full; nothing was stored");
    work->outcome = REFRESH_DONE;
    return OK;
}

/* On a full disk, lets signed-in users continue to read. */
ON_WORKER static Err refresh_lend(RefreshWork *work, Ctx *ctx, Str token)
{
    ctx_clear(ctx);
    work->grant.refresh_token = token;
    return db_read(work->svc->db, ctx, refresh_lend_in_tx, work);
}

Err auth_refresh(AuthService *svc, Ctx *ctx, const RefreshRequest *request, RefreshResponse *out_response)
{
    RefreshWork *work = arena_new_of(ctx->arena, RefreshWork);
    work->svc = svc;
    Err err = OK;
    if (refresh_token_parse(str_of(request->refresh_token), &work->token))
        err = db_write(svc->db, ctx, refresh_in_tx, work);
    if (err == ERR_STORAGE_FULL) err = refresh_lend(work, ctx, str_of(request->refresh_token));
    if (err) return err;

    sessions_ended(svc, &work->ended);
    if (work->outcome == REFRESH_REUSED) event_refresh_reused(ctx, work->grant.session.user, work->grant.session.id);
    if (work->outcome != REFRESH_DONE)
        return ctx_fail(ctx, ERR_UNAUTHENTICATED, "refresh token: used, ended or unknown; sign in again");

    Tokens tokens = session_tokens(svc, ctx, &work->grant);
    out_response->user = tokens.user;
    out_response->access_token = tokens.access_token;
    out_response->refresh_token = tokens.refresh_token;
    out_response->expires_in = tokens.expires_in;
    return OK;
}

typedef struct EndWork {
    AuthService *svc;
    Id session;
    EndedList ended;
} EndWork;

/* One session of the caller. */
static Err end_one_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    EndWork *work = arg;
    SessionRow session;
    work->ended.count = 0;
    Err err = session_by_id(tx, ctx, work->session, &session);
    if (!err && !id_eq(session.user, ctx->actor.user)) err = ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND) return ctx_fail(ctx, ERR_NOT_FOUND, "session: there is no such session of yours");
    if (err) return err;
    return session_end(work->svc, tx, ctx, &session, &work->ended);
}

static Err end_others_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    EndWork *work = arg;
    work->ended.count = 0;
    return session_end_others(work->svc, tx, ctx, ctx->actor.user, ctx->actor.session, &work->ended);
}

ON_WORKER static Err end_sessions(AuthService *svc, Ctx *ctx, DbFn fn, Id session, uint32_t *out_count)
{
    EndWork *work = arena_new_of(ctx->arena, EndWork);
    work->svc = svc;
    work->session = session;
    Err err = db_write(svc->db, ctx, fn, work);
    if (err) return err;
    sessions_ended(svc, &work->ended);
    *out_count = (uint32_t)work->ended.count;
    return OK;
}

Err auth_logout(AuthService *svc, Ctx *ctx, const LogoutRequest *request, LogoutResponse *out_response)
{
    uint32_t count;
    Err err = end_sessions(svc, ctx, end_one_in_tx, ctx->actor.session, &count);
    if (err != ERR_NOT_FOUND) return err;
    ctx_clear(ctx); /* already ended, as requested */
    return OK;
}

Err auth_revoke_session(AuthService *svc, Ctx *ctx, const RevokeSessionRequest *request,
                        RevokeSessionResponse *out_response)
{
    Id session;
    uint32_t count;
    Err err = request_id(ctx, "id", request->id, &session);
    if (err) return err;
    return end_sessions(svc, ctx, end_one_in_tx, session, &count);
}

Err auth_revoke_other_sessions(AuthService *svc, Ctx *ctx, const RevokeOtherSessionsRequest *request,
                               RevokeOtherSessionsResponse *out_response)
{
    return end_sessions(svc, ctx, end_others_in_tx, ID_NONE, &out_response->revoked);
}

static Err list_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    return session_of_user(tx, ctx, ctx->actor.user, arg);
}

Err auth_list_sessions(AuthService *svc, Ctx *ctx, const ListSessionsRequest *request,
                       ListSessionsResponse *out_response)
{
    SessionList sessions;
    Err err = db_read(svc->db, ctx, list_in_tx, &sessions);
    if (err) return err;
    out_response->sessions = arena_new_array(ctx->arena, Session *, sessions.count);
    for (size_t i = 0; i < sessions.count; i++)
        if (sessions.rows[i].expires_ms > ctx->now_ms)
            out_response->sessions[out_response->n_sessions++] = session_view(ctx, &sessions.rows[i]);
    return OK;
}
