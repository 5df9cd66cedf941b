/* Events of auth, added to the outbox in the transaction of the change. */
#pragma once
#include "services/auth/service.h"
#include "services/auth/store.h"

/* session_revoked, live to every process. */
MUST_CHECK Err event_session_revoked(AuthService *svc, Tx *tx, Ctx *ctx, const SessionRow *session);
/* profile_updated: to the bus, and live to the user's own devices. */
MUST_CHECK Err event_profile_updated(AuthService *svc, Tx *tx, Ctx *ctx, const AccountRow *account);

/* An account was closed or opened: to the bus. */
MUST_CHECK Err event_account_standing(AuthService *svc, Tx *tx, Ctx *ctx, Id user);

/* Logged for the administrator. Never contains a name that was tried, a password or a token. */
void event_refresh_reused(Ctx *ctx, Id user, Id session);
void event_sign_in_refused(Ctx *ctx);
void event_session_lent(Ctx *ctx, Id user);
/* Logged at startup, to explain why it took a while. */
void event_names_folded(Ctx *ctx, size_t accounts);
