/* Looking at a password at the pace that the throttle allows: the only way to ask whether one is right. */
#pragma once
#include "services/auth/service.h"

/* Whether what was typed is the password of this claimant's account; the hash is empty for nobody's name, which takes the same time.
 * It is tried as it is kept (password_prepared), and if that is something else as it was typed too: hashes that are older than
 * this rule are of that. out_stale: it is, and was made in that way, or with other parameters than today's.
 *   ERR_RATE_LIMITED  too many were wrong: come back after ctx->retry_after_ms
 *   else              it was not looked at, or it could not be counted, and there is no answer */
ON_WORKER MUST_CHECK Err credentials_check(const AuthService *svc, Ctx *ctx, const Claimant *claimant, Str hash,
                                           Str typed, bool *out_match, bool *out_stale);
