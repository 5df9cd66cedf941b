/* Password hashes, argon2id (RFC 9106) by libsodium, on a few threads of their own: a hash is slow and large on purpose,
 * so no crowd at the door may take the workers' memory with it. Any worker; the caller waits. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"
#include "services/auth/auth.h"

typedef struct Passwords Passwords;

/* NULL when there is not enough memory for one hash. */
Passwords *passwords_new(const AuthConfig *config);
void passwords_free(Passwords *passwords);

/* The hash in the arena: a PHC string that names its parameters.
 *   ERR_UNAVAILABLE  too many wait, retry_after_ms is set; or no memory */
ON_WORKER MUST_CHECK Err password_hash(Passwords *passwords, Ctx *ctx, Str password, Str *out_hash);
/* Whether the hash is of this password. An empty hash, of a user who does not exist, takes the same time and never is.
 * out_stale: it is, and was made with other parameters than today's.
 *   ERR_UNAVAILABLE  as above */
ON_WORKER MUST_CHECK Err password_verify(Passwords *passwords, Ctx *ctx, Str hash, Str password, bool *out_match,
                                         bool *out_stale);
