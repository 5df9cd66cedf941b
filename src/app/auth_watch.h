/* This process's knowledge from auth: the keys that verify tokens, and revoked sessions. For processes that do not host
 * auth, or share its database with others. Revocations arrive live through pubsub and, independently of that, by
 * polling every TRUST_REVOKED_MS. */
#pragma once
#include "ports/pubsub.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

#define TRUST_REVOKED_MS  1000  /* between starts of polls of the revoked sessions; a slower poll is followed at once */
#define TRUST_KEYS_MS     30000 /* between polls of the keys */
#define TRUST_FETCH_MS    1000  /* tokens with unknown keys cause at most one fetch in this time */
#define TRUST_WAITING_MAX 8     /* of them may wait for it: anybody can forge a token, and auth may hang */

typedef struct Trust Trust;

/* Asks to close the session's sockets; on Trust's thread. */
typedef void (*TrustRevokedFn)(void *arg, Id session, int64_t until_ms);

typedef struct TrustConfig {
    Identity *identity;
    Pubsub *pubsub;
    RpcClient *auth;
    bool hosts_auth;           /* the keys come from auth itself, which only needs to be triggered */
    TrustRevokedFn on_revoked; /* may be NULL */
    void *arg;
} TrustConfig;

/* All are borrowed. Starts a thread, which retries until it succeeds. On the main thread. */
Trust *trust_start(const TrustConfig *config);
/* OK once the keys are known and the last poll succeeded. ERR_UNAVAILABLE with what is missing. */
ON_WORKER MUST_CHECK Err trust_check(Trust *trust, Ctx *ctx);
/* Whether tokens can be verified at all. */
ANY_THREAD bool trust_has_keys(Trust *trust);
/* Waits for the thread. Accepts NULL. identity_verify() must not be called any more, nor pubsub deliver. */
void trust_stop(Trust *trust);
void trust_free(Trust *trust);
