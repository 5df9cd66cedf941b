/* Views. */
#include "services/auth/views.h"

#include "rpc/transcode.h"

User *user_view(Ctx *ctx, const AccountRow *account)
{
    User *user = arena_new_of(ctx->arena, User);
    user__init(user);
    user->id = id_text(ctx->arena, account->id);
    user->username = str_cstr(ctx->arena, account->username);
    user->display_name = str_cstr(ctx->arena, account->display_name);
    user->about = str_cstr(ctx->arena, account->about);
    user->created_at = timestamp_new(ctx->arena, account->created_ms);
    user->closed = account->disabled;
    return user;
}

Account *account_view(Ctx *ctx, const AccountRow *account)
{
    Account *view = arena_new_of(ctx->arena, Account);
    account__init(view);
    view->user = user_view(ctx, account);
    view->role = account->role;
    view->language = str_cstr(ctx->arena, account->language);
    view->theme = str_cstr(ctx->arena, account->theme);
    view->disabled = account->disabled;
    return view;
}

Session *session_view(Ctx *ctx, const SessionRow *session)
{
    Session *view = arena_new_of(ctx->arena, Session);
    session__init(view);
    view->id = id_text(ctx->arena, session->id);
    view->device = str_cstr(ctx->arena, session->device);
    view->address = str_cstr(ctx->arena, session->address);
    view->created_at = timestamp_new(ctx->arena, session->created_ms);
    view->last_seen_at = timestamp_new(ctx->arena, session->last_seen_ms);
    view->current = id_eq(session->id, ctx->actor.session);
    return view;
}

Invite *invite_view(Ctx *ctx, const InviteRow *invite)
{
    Invite *view = arena_new_of(ctx->arena, Invite);
    invite__init(view);
    view->id = id_text(ctx->arena, invite->id);
    view->uses_left = invite->uses_left;
    view->expires_at = timestamp_new(ctx->arena, invite->expires_ms);
    view->created_by = id_text(ctx->arena, invite->created_by);
    view->created_at = timestamp_new(ctx->arena, invite->created_ms);
    return view;
}
