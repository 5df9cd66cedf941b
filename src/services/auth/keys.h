/* The keys that sign access tokens: created, stored in the database, rotated, published as JWKS. A key is published
 * before it signs, so that other processes know it by then, and stays published until the last token it signed has
 * expired. No thread of its own: signing checks the keys, at most once a minute. Any worker. */
#pragma once
#include "auth_service.h"
#include "ports/db.h"
#include "rpc/identity.h"
#include "services/auth/auth.h"

typedef struct SigningKeys SigningKeys;

/* Reads the keys or creates the first, and passes them to `identity`, now and after each change. */
ON_WORKER MUST_CHECK Err signing_keys_open(Ctx *ctx, Db *db, Identity *identity, const AuthConfig *config,
                                           SigningKeys **out_keys);
void signing_keys_close(SigningKeys *keys);

/* The token in the arena. */
ON_WORKER Str signing_keys_sign(SigningKeys *keys, Ctx *ctx, const JwtClaims *claims);
/* All keys that may have signed an unexpired token; the current one first. */
ON_WORKER void signing_keys_list(SigningKeys *keys, Ctx *ctx, GetJwksResponse *out_response);
