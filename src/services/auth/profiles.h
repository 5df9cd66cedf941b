/* Public profiles, through the cache: everybody who opens a chat requests the same names. */
#pragma once
#include "services/auth/service.h"

/* The users with these ids, including closed accounts, in that order; omits unknown ones. `out_users` has room for
 * all. */
ON_WORKER MUST_CHECK Err profiles_find(AuthService *svc, Ctx *ctx, const Id *ids, size_t n_ids, User **out_users,
                                       size_t *out_count);
/* Drops a changed profile from the cache. After the commit, before the response. */
ON_WORKER void profile_forget(AuthService *svc, Ctx *ctx, Id user);
