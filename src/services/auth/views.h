/* Rows as contract types, in the arena. */
#pragma once
#include "services/auth/store.h"

User *user_view(Ctx *ctx, const AccountRow *account);
Account *account_view(Ctx *ctx, const AccountRow *account);
Session *session_view(Ctx *ctx, const SessionRow *session);
Invite *invite_view(Ctx *ctx, const InviteRow *invite);
