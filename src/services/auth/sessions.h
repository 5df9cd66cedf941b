/* The lifecycle of sessions. A session is a sign-in on one device; it has one single-use refresh token, and access
 * tokens that name it. Inside a transaction unless stated otherwise; any worker. */
#pragma once
#include "base/limits.h"
#include "services/auth/service.h"
#include "services/auth/store.h"

/* How long the response to a refresh token is repeated, since it may have been lost
 * (docs/adr/0016-repeated-refresh.md). */
#define REFRESH_REPEAT_MS 60000

/* Sessions ended by a transaction, for sessions_ended() after it. */
typedef struct EndedList {
    struct EndedSession {
        Id id;
        int64_t until_ms;
    } list[SESSIONS_PER_USER_MAX + 1];
    size_t count;
} EndedList;

/* A new or refreshed session. */
typedef struct Grant {
    AccountRow account;
    SessionRow session;
    Str refresh_token;
} Grant;

/* The client's tokens for it. */
typedef struct Tokens {
    User *user;
    char *access_token, *refresh_token;
    uint32_t expires_in;
} Tokens;

/* Begins a session of grant->account on the calling device. If the user already has SESSIONS_PER_USER_MAX, the one
 * unused for longest ends. */
MUST_CHECK Err session_begin(AuthService *svc, Tx *tx, Ctx *ctx, Str device, Grant *grant, EndedList *ended);
/* Exchanges a genuine refresh token of grant->session for the next. The predecessor of the newest token gets the newest
 * again, within REFRESH_REPEAT_MS of its own use.
 *   ERR_NOT_FOUND  it was used before that: somebody has a copy
 *   ERR_CONFLICT   another transaction has changed the session meanwhile */
MUST_CHECK Err session_continue(AuthService *svc, Tx *tx, Ctx *ctx, const RefreshToken *token, Grant *grant);
/* On a full disk: a session that is not stored, so it ends with its access token, and no list shows it. Needs no
 * transaction. */
void session_lend(const AuthService *svc, Ctx *ctx, Str device, Grant *grant);
/* The same for an existing session: another access token, while the refresh token stays. False if that is not the
 * newest. */
bool session_lend_again(const AuthService *svc, Ctx *ctx, const RefreshToken *token, Grant *grant);
/* Ends one session and publishes it. */
MUST_CHECK Err session_end(AuthService *svc, Tx *tx, Ctx *ctx, const SessionRow *session, EndedList *ended);
/* Ends all sessions of a user except one; ID_NONE: all. */
MUST_CHECK Err session_end_others(AuthService *svc, Tx *tx, Ctx *ctx, Id user, Id but, EndedList *ended);

/* After the commit: makes this process refuse their tokens at once, before any event arrives. */
void sessions_ended(AuthService *svc, const EndedList *ended);
/* After the commit: signs the access token. */
ON_WORKER Tokens session_tokens(AuthService *svc, Ctx *ctx, const Grant *grant);
