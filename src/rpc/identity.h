/* Who a bearer token speaks for. Verified tokens are remembered, revoked sessions refused, both until the token ends.
 * Every process has one, whether it hosts auth or not. Any thread. */
#pragma once
#include "base/ctx.h"
#include "net/jwt.h"

typedef struct Identity Identity;

Identity *identity_new(void);
void identity_free(Identity *identity);

/* Replaces the keys that tokens may be signed with; takes a reference of each. */
void identity_set_keys(Identity *identity, JwtKey *const *keys, size_t n_keys);
/* From now on tokens of the session are refused. until_ms: when the last of them ends, milliseconds since the epoch. */
void identity_revoke(Identity *identity, Id session, int64_t until_ms);
bool identity_is_revoked(Identity *identity, Id session);

/* OK: *out_actor, and the token's end in milliseconds since the epoch. ERR_UNAUTHENTICATED with the reason;
 * when that is a revoked session, *out_actor says whose it was. */
MUST_CHECK Err identity_verify(Identity *identity, Ctx *ctx, Str token, Actor *out_actor, int64_t *out_expires_ms);
