/* How the processes of one installation authenticate each other: a token created for each call, valid for at most a
 * minute.
 *
 *   m1.ISSUER.AUDIENCE.ISSUED.EXPIRES.ROLE.USER.SESSION.MAC
 *
 * ISSUER lists the services of the calling process ("auth" or "auth,group"), AUDIENCE is the called service, the
 * times are seconds since the epoch. ROLE is "user" or "admin" if the call is on behalf of a user, then USER and
 * SESSION are ids (or "-"); otherwise it is "service" and both are "-". MAC is base64url of HMAC-SHA256 over
 * everything before its dot, with a key derived from the installation's service key. Any thread. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

#define SERVICE_KEY_MIN          32  /* bytes of the shared secret */
#define SERVICE_TOKEN_MAX        384 /* bytes of a token; longer ones are refused unread */
#define SERVICE_TOKEN_LIFE_S     60
#define SERVICE_TOKEN_SKEW_S     30 /* permitted clock difference between two machines */
#define SERVICE_TOKEN_ISSUER_MAX 64

typedef struct ServiceKey ServiceKey; /* immutable */

/* From the installation's secret; NULL if it has fewer than SERVICE_KEY_MIN bytes. */
ServiceKey *service_key_new(Str secret);
void service_key_free(ServiceKey *key);

/* A token, in the arena, for a call to `audience` on behalf of `actor`'s user, or of nobody. `issuer`: at most
 * SERVICE_TOKEN_ISSUER_MAX characters of a-z, comma and dash. */
Str service_token_sign(Arena *arena, const ServiceKey *key, Str issuer, Str audience, const Actor *actor,
                       int64_t now_s);

/* OK: *out_actor is ACTOR_SERVICE, with the user it acts for or ID_NONE. ERR_UNAUTHENTICATED with the reason for
 * anything but a token of this installation, for this audience, at this time. */
MUST_CHECK Err service_token_verify(Ctx *ctx, const ServiceKey *key, Str token, Str audience, int64_t now_s,
                                    Actor *out_actor);
