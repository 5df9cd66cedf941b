/* Sessions. */
#include "services/auth/sessions.h"

#include "services/auth/events.h"
#include "services/auth/rules.h"
#include "services/auth/views.h"

static int64_t access_until_ms(const AuthService *svc, const Ctx *ctx)
{
    return (ctx->now_ms / 1000 + svc->config.access_ttl_s) * 1000;
}

/* Renews what every use of a session renews. */
static void session_renew(const AuthService *svc, const Ctx *ctx, SessionRow *session)
{
    session->address = ctx->peer.len ? ctx->peer : STR("");
    session->last_seen_ms = ctx->now_ms;
    session->expires_ms = ctx->now_ms + svc->config.refresh_ttl_ms;
    session->access_until_ms = access_until_ms(svc, ctx);
}

/* Ends the surplus sessions of a user. */
static Err end_surplus(AuthService *svc, Tx *tx, Ctx *ctx, Id user, EndedList *ended)
{
    SessionList sessions;
    Err err = session_remove_expired(tx, ctx);
    if (err) return err;
    err = session_of_user(tx, ctx, user, &sessions);
    if (err || sessions.count < SESSIONS_PER_USER_MAX) return err;
    return session_end(svc, tx, ctx, &sessions.rows[sessions.count - 1], ended);
}

void session_lend(const AuthService *svc, Ctx *ctx, Str device, Grant *grant)
{
    grant->session = (SessionRow){
        .id = id_new(ctx->now_ms),
        .user = grant->account.id,
        .family = family_key_new(),
        .device = device_text(ctx->arena, device.len ? device : ctx->user_agent),
        .created_ms = ctx->now_ms,
    };
    SessionRow *session = &grant->session;
    grant->refresh_token = refresh_token_new(ctx->arena, session->id, &session->family, &session->refresh_hash);
    session_renew(svc, ctx, session);
}

Err session_begin(AuthService *svc, Tx *tx, Ctx *ctx, Str device, Grant *grant, EndedList *ended)
{
    Err err = end_surplus(svc, tx, ctx, grant->account.id, ended);
    if (err) return err;
    session_lend(svc, ctx, device, grant);
    return session_add(tx, ctx, &grant->session);
}

static Str successor_of(const SessionRow *session, Ctx *ctx, const RefreshToken *token, SecretHash *out_hash)
{
    return refresh_token_next(ctx->arena, token, &session->successor, &session->family, out_hash);
}

static Err session_rotate_from(AuthService *svc, Tx *tx, Ctx *ctx, const RefreshToken *token, Grant *grant)
{
    SessionRow *session = &grant->session;
    SecretHash before = session->refresh_hash;
    session->successor = successor_key_new();
    grant->refresh_token = successor_of(session, ctx, token, &session->refresh_hash);
    session->previous_until_ms = ctx->now_ms + REFRESH_REPEAT_MS;
    session_renew(svc, ctx, session);
    return session_rotate(tx, ctx, &before, session);
}

/* Repeats the response to a recent token, which may have been lost. ERR_NOT_FOUND: the token is older than that. */
static Err session_repeat(AuthService *svc, Tx *tx, Ctx *ctx, const RefreshToken *token, Grant *grant)
{
    SessionRow *session = &grant->session;
    SecretHash sent = refresh_token_hash(token), next;
    if (session->previous_until_ms <= ctx->now_ms) return ERR_NOT_FOUND;
    if (!secret_hash_eq(&sent, &session->previous_hash)) return ERR_NOT_FOUND;
    grant->refresh_token = successor_of(session, ctx, token, &next);
    /* A process of the previous version refreshes without recording the previous token. */
    if (!secret_hash_eq(&next, &session->refresh_hash)) return ERR_NOT_FOUND;
    session->access_until_ms = access_until_ms(svc, ctx);
    return session_prolong(tx, ctx, session);
}

Err session_continue(AuthService *svc, Tx *tx, Ctx *ctx, const RefreshToken *token, Grant *grant)
{
    SecretHash sent = refresh_token_hash(token);
    bool is_newest = secret_hash_eq(&sent, &grant->session.refresh_hash);
    return is_newest ? session_rotate_from(svc, tx, ctx, token, grant) : session_repeat(svc, tx, ctx, token, grant);
}

bool session_lend_again(const AuthService *svc, Ctx *ctx, const RefreshToken *token, Grant *grant)
{
    SecretHash sent = refresh_token_hash(token);
    grant->session.access_until_ms = access_until_ms(svc, ctx);
    return secret_hash_eq(&sent, &grant->session.refresh_hash);
}

Err session_end(AuthService *svc, Tx *tx, Ctx *ctx, const SessionRow *session, EndedList *ended)
{
    SessionRow ending = *session;
    /* It may have issued a token on a full disk, which no row records. */
    int64_t lent_until_ms = access_until_ms(svc, ctx);
    if (ending.access_until_ms < lent_until_ms) ending.access_until_ms = lent_until_ms;
    Err err = session_remove(tx, ctx, &ending);
    if (err) return err;
    ended->list[ended->count++] = (struct EndedSession){ ending.id, ending.access_until_ms };
    return event_session_revoked(svc, tx, ctx, &ending);
}

Err session_end_others(AuthService *svc, Tx *tx, Ctx *ctx, Id user, Id but, EndedList *ended)
{
    SessionList sessions;
    Err err = session_of_user(tx, ctx, user, &sessions);
    for (size_t i = 0; !err && i < sessions.count; i++)
        if (!id_eq(sessions.rows[i].id, but)) err = session_end(svc, tx, ctx, &sessions.rows[i], ended);
    return err;
}

void sessions_ended(AuthService *svc, const EndedList *ended)
{
    for (size_t i = 0; i < ended->count; i++)
        identity_revoke(svc->identity, ended->list[i].id, ended->list[i].until_ms);
}

Tokens session_tokens(AuthService *svc, Ctx *ctx, const Grant *grant)
{
    JwtClaims claims = {
        .user = grant->account.id,
        .session = grant->session.id,
        .admin = role_is_admin(grant->account.role),
        .issued_at_s = ctx->now_ms / 1000,
        .expires_at_s = grant->session.access_until_ms / 1000,
    };
    return (Tokens){
        .user = user_view(ctx, &grant->account),
        .access_token = str_cstr(ctx->arena, signing_keys_sign(svc->keys, ctx, &claims)),
        .refresh_token = str_cstr(ctx->arena, grant->refresh_token),
        .expires_in = (uint32_t)(claims.expires_at_s - claims.issued_at_s),
    };
}
