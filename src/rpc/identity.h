/* Resolves bearer tokens to actors. Verified tokens are cached and revoked sessions refused, both until the token
 * expires. Every process has one, whether it hosts auth or not. Any thread; identity_verify() may wait for auth. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"
#include "net/jwt.h"

typedef struct Identity Identity;

Identity *identity_new(void);
void identity_free(Identity *identity);

/* Replaces the keys that verify tokens; takes a reference to each. */
void identity_set_keys(Identity *identity, JwtKey *const *keys, size_t n_keys);
/* For a process without auth: fetch(arg) requests the current keys and calls identity_set_keys(). Runs on the thread
 * that verifies a token with an unknown key; its error becomes the verifier's. At startup. */
typedef Err (*IdentityFetchFn)(void *arg, Ctx *ctx);
void identity_on_unknown_key(Identity *identity, IdentityFetchFn fetch, void *arg);
/* Incremented by every identity_set_keys(); 0: no keys are known yet. */
uint64_t identity_generation(Identity *identity);
/* Refuses tokens of the session from now on. until_ms: when the last of them expires, milliseconds since the epoch. */
void identity_revoke(Identity *identity, Id session, int64_t until_ms);
bool identity_is_revoked(Identity *identity, Id session);

/* The token in an Authorization header or metadata, "Bearer <token>" (RFC 6750 section 2.1), the scheme in any case.
 * Empty for any other scheme, or none. A slice of the input. */
ANY_THREAD Str identity_bearer_token(Str authorization);

/* The actor of a cached token, without verifying a signature and without waiting: true if the token was verified before
 * and has not expired. */
bool identity_recall(Identity *identity, Str token, int64_t now_ms, Actor *out_actor);

/* OK: *out_actor, and the token's expiry in milliseconds since the epoch. ERR_UNAUTHENTICATED with the reason; if that
 * is a revoked session, *out_actor is its user. ERR_UNAVAILABLE: the key is unknown and auth is unreachable. */
MUST_CHECK Err identity_verify(Identity *identity, Ctx *ctx, Str token, Actor *out_actor, int64_t *out_expires_ms);
