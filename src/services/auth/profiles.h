/* Profiles as others see them, through the cache: everybody who opens a chat asks for the same names. */
#pragma once
#include "services/auth/service.h"

/* The users with these ids, closed accounts too, in that order; unknown ones are left out. `out_users` has room for all. */
ON_WORKER MUST_CHECK Err profiles_find(AuthService *svc, Ctx *ctx, const Id *ids, size_t n_ids, User **out_users,
                                       size_t *out_count);
/* What others see of the user has changed. After the commit, before the answer. */
ON_WORKER void profile_forget(AuthService *svc, Ctx *ctx, Id user);
