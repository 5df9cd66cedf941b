/* Password hashes, argon2id (RFC 9106) by libsodium, on a few dedicated threads: a hash is deliberately slow and large,
 * so a burst of sign-ins must not exhaust memory or block the workers. Any worker; the caller waits. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"
#include "services/auth/auth.h"

typedef struct Passwords Passwords;

/* NULL when there is not enough memory for one hash. */
Passwords *passwords_new(const AuthConfig *config);
void passwords_free(Passwords *passwords);

/* The hash in the arena: a PHC string, which includes its parameters.
 *   ERR_UNAVAILABLE  the queue is full, retry_after_ms is set; or out of memory */
ON_WORKER MUST_CHECK Err password_hash(Passwords *passwords, Ctx *ctx, Str password, Str *out_hash);
/* Whether the hash is of this password. An empty hash, for an unknown user, takes the same time and never matches.
 * out_stale: it matches, but has outdated parameters.
 *   ERR_UNAVAILABLE  as above */
ON_WORKER MUST_CHECK Err password_verify(Passwords *passwords, Ctx *ctx, Str hash, Str password, bool *out_match,
                                         bool *out_stale);
