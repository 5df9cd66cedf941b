/* JSON Web Tokens, ES256 only (RFC 7515, RFC 7518 section 3.4, RFC 7519): header, claims, 64-byte signature.
 * Algorithm and issuer are pinned; a `kid` is looked up in the given keys and nowhere else. Any thread. */
#pragma once
#include <stdint.h>

#include "base/attr.h"
#include "base/ctx.h"

#define JWT_TOKEN_MAX 2048 /* bytes of a token; longer ones are refused unread */
#define JWT_KID_MAX   64

typedef struct JwtKey JwtKey; /* a P-256 key, public or with its private half; immutable, shared by reference */

/* A fresh pair with a random kid. */
JwtKey *jwt_key_generate(void);
/* The private key as PKCS #8 DER, for storage; secret. In the arena. */
Str jwt_key_private_der(Arena *arena, const JwtKey *key);
/* NULL when the bytes are no P-256 key. */
JwtKey *jwt_key_from_private_der(Str kid, Str der);
/* From the members of a JWK (RFC 7517): base64url x and y, 32 bytes each. NULL if they are not a point on the curve. */
JwtKey *jwt_key_from_jwk(Str kid, Str x, Str y);
/* base64url x and y in the arena. */
void jwt_key_to_jwk(Arena *arena, const JwtKey *key, Str *out_kid, Str *out_x, Str *out_y);
Str jwt_key_kid(const JwtKey *key);
JwtKey *jwt_key_ref(JwtKey *key);
void jwt_key_unref(JwtKey *key);

typedef struct JwtClaims {
    Id user;                           /* sub */
    Id session;                        /* sid */
    bool admin;                        /* adm */
    int64_t issued_at_s, expires_at_s; /* iat, exp */
} JwtClaims;

#define JWT_ISSUER   "molva"
#define JWT_AUDIENCE "molva"

/* The compact token in the arena. */
Str jwt_sign(Arena *arena, const JwtKey *key, const JwtClaims *claims);
/* OK only for a token signed by one of the keys, with our issuer and audience, alg ES256, no crit, not expired at
 * now_s, and issued at most 60 s in the future. ERR_NOT_FOUND if its kid matches none of the keys; otherwise
 * ERR_UNAUTHENTICATED with a reason. */
MUST_CHECK Err jwt_verify(Ctx *ctx, Str token, JwtKey *const *keys, size_t n_keys, int64_t now_s,
                          JwtClaims *out_claims);
