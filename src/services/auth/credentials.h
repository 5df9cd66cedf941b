/* Checks passwords at the pace that the throttle permits: the only way to verify one. */
#pragma once
#include "services/auth/service.h"

/* Whether the input is the password of this claimant's account; hash is empty for an unknown name, which takes the same
 * time. The prepared form is tried first (password_prepared), then the raw input if it differs, because older hashes
 * are of that. out_stale: it matches, but in the raw form, or with outdated parameters.
 *   ERR_RATE_LIMITED  too many failures: retry after ctx->retry_after_ms
 *   else              it was not checked, or could not be counted, so there is no result */
ON_WORKER MUST_CHECK Err credentials_check(const AuthService *svc, Ctx *ctx, const Claimant *claimant, Str hash,
                                           Str typed, bool *out_match, bool *out_stale);
