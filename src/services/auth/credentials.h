/* Looking at a password at the pace that the throttle allows: the only way to ask whether one is right. */
#pragma once
#include "services/auth/service.h"

/* Whether the password of this claimant's account matches the hash; empty for nobody's name, which takes the same time.
 * out_stale: as of password_verify().
 *   ERR_RATE_LIMITED  too many were wrong: come back after ctx->retry_after_ms
 *   else              it was not looked at, or it could not be counted, and there is no answer */
ON_WORKER MUST_CHECK Err credentials_check(const AuthService *svc, Ctx *ctx, const Claimant *claimant, Str hash,
                                           Str password, bool *out_match, bool *out_stale);
