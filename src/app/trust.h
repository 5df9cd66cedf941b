/* What this process knows from auth: the keys that tokens are signed with, and which sessions were ended. For processes
 * that do not host auth, or host it beside others on one database. Revocations come live through pubsub and, whether
 * pubsub lives or not, by asking every TRUST_REVOKED_MS. */
#pragma once
#include "ports/pubsub.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

#define TRUST_REVOKED_MS  1000  /* from look to look at the revoked sessions; after one that took longer, at once */
#define TRUST_KEYS_MS     30000 /* between looks at the keys */
#define TRUST_FETCH_MS    1000  /* tokens of unknown keys make one look in this time, however many come */
#define TRUST_WAITING_MAX 8     /* of them wait for it; anybody can make up a token, and auth may hang */

typedef struct Trust Trust;

/* Sockets of the session are to be closed; on a thread of Trust. */
typedef void (*TrustRevokedFn)(void *arg, Id session, int64_t until_ms);

typedef struct TrustConfig {
    Identity *identity;
    Pubsub *pubsub;
    RpcClient *auth;
    bool hosts_auth;           /* the keys come from auth itself; it is only reminded to look after them */
    TrustRevokedFn on_revoked; /* may be NULL */
    void *arg;
} TrustConfig;

/* All are borrowed. Starts a thread, which goes on asking until it is answered. On the main thread. */
Trust *trust_start(const TrustConfig *config);
/* OK once the keys are known and the last look succeeded. ERR_UNAVAILABLE with what is missing. */
ON_WORKER MUST_CHECK Err trust_check(Trust *trust, Ctx *ctx);
/* Whether tokens can be verified at all. */
ANY_THREAD bool trust_has_keys(Trust *trust);
/* Waits for the thread. Accepts NULL. Nothing calls identity_verify() any more, or pubsub delivers, when trust_free() comes. */
void trust_stop(Trust *trust);
void trust_free(Trust *trust);
