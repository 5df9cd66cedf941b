/* Events. */
#include "services/auth/events.h"

#include "base/log.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "services/auth/views.h"

Err event_session_revoked(AuthService *svc, Tx *tx, Ctx *ctx, const SessionRow *session)
{
    SessionRevoked revoked = SESSION_REVOKED__INIT;
    revoked.session_id = id_text(ctx->arena, session->id);
    revoked.user_id = id_text(ctx->arena, session->user);
    revoked.until_ms = session->access_until_ms;

    Envelope *event = event_new(ctx, ID_NONE, session->user);
    event->data_case = ENVELOPE__DATA_SESSION_REVOKED;
    event->session_revoked = &revoked;
    const char *const live[] = { TOPIC_SESSIONS, NULL };
    return outbox_add(svc->outbox, tx, ctx, "", live, message_pack(ctx->arena, &event->base));
}

Err event_profile_updated(AuthService *svc, Tx *tx, Ctx *ctx, const AccountRow *account)
{
    ProfileUpdated updated = PROFILE_UPDATED__INIT;
    updated.user = user_view(ctx, account);

    Envelope *event = event_new(ctx, ID_NONE, account->id);
    event->data_case = ENVELOPE__DATA_PROFILE_UPDATED;
    event->profile_updated = &updated;
    const char *const live[] = { topic_user(ctx->arena, account->id), NULL };
    return outbox_add(svc->outbox, tx, ctx, "profile.updated", live, message_pack(ctx->arena, &event->base));
}

Err event_account_standing(AuthService *svc, Tx *tx, Ctx *ctx, Id user)
{
    AccountStandingChanged changed = ACCOUNT_STANDING_CHANGED__INIT;
    Envelope *event = event_new(ctx, ID_NONE, user);
    event->data_case = ENVELOPE__DATA_ACCOUNT_STANDING_CHANGED;
    event->account_standing_changed = &changed;
    Err err = account_set_told(tx, ctx, user);
    return err ? err
               : outbox_add(svc->outbox, tx, ctx, "account.standing", NULL, message_pack(ctx->arena, &event->base));
}

void event_refresh_reused(Ctx *ctx, Id user, Id session)
{
    log_warn(ctx, "auth.refresh_reused", log_id("user", user), log_id("session", session));
}

void event_sign_in_refused(Ctx *ctx)
{
    log_info(ctx, "auth.sign_in_refused");
}

void event_session_lent(Ctx *ctx, Id user)
{
    log_warn(ctx, "auth.session_not_stored", log_id("user", user));
}

void event_names_folded(Ctx *ctx, size_t accounts)
{
    log_info(ctx, "auth.names_folded", log_int("accounts", (int64_t)accounts));
}
