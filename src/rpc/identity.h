/* Who a bearer token speaks for. Verified tokens are remembered, revoked sessions refused, both until the token ends.
 * Every process has one, whether it hosts auth or not. Any thread; identity_verify() may wait for auth. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"
#include "net/jwt.h"

typedef struct Identity Identity;

Identity *identity_new(void);
void identity_free(Identity *identity);

/* Replaces the keys that tokens may be signed with; takes a reference of each. */
void identity_set_keys(Identity *identity, JwtKey *const *keys, size_t n_keys);
/* For a process that does not host auth: fetch(arg) asks for the keys of today and calls identity_set_keys(). Runs on the
 * thread that verifies a token of an unknown key; what it fails with is the verifier's failure. At start. */
typedef Err (*IdentityFetchFn)(void *arg, Ctx *ctx);
void identity_on_unknown_key(Identity *identity, IdentityFetchFn fetch, void *arg);
/* Counts up with every identity_set_keys(); 0: no keys are known yet. */
uint64_t identity_generation(Identity *identity);
/* From now on tokens of the session are refused. until_ms: when the last of them ends, milliseconds since the epoch. */
void identity_revoke(Identity *identity, Id session, int64_t until_ms);
bool identity_is_revoked(Identity *identity, Id session);

/* The token of an Authorization header or metadata, "Bearer <token>" (RFC 6750 section 2.1), the scheme in any case. Empty
 * for another scheme, or none. Part of the text. */
ANY_THREAD Str identity_bearer_token(Str authorization);

/* Whom a token is known for, without a look at its signature and without a wait: it was verified before and has not ended. */
bool identity_recall(Identity *identity, Str token, int64_t now_ms, Actor *out_actor);

/* OK: *out_actor, and the token's end in milliseconds since the epoch. ERR_UNAUTHENTICATED with the reason;
 * when that is a revoked session, *out_actor says whose it was. ERR_UNAVAILABLE: the key is unknown, and auth cannot be
 * asked. */
MUST_CHECK Err identity_verify(Identity *identity, Ctx *ctx, Str token, Actor *out_actor, int64_t *out_expires_ms);
