/* This process's knowledge from auth: the keys that verify tokens, and revoked sessions. For processes that do not host
 * auth, or share its database with others. Revocations arrive live through pubsub and, independently of that, by
 * polling every AUTH_WATCH_REVOKED_MS. */
#pragma once
#include "ports/pubsub.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

#define AUTH_WATCH_REVOKED_MS \
    1000 /* between starts of polls of the revoked sessions; a slower poll is followed at once */
#define AUTH_WATCH_KEYS_MS     30000 /* between polls of the keys */
#define AUTH_WATCH_FETCH_MS    1000  /* tokens with unknown keys cause at most one fetch in this time */
#define AUTH_WATCH_WAITING_MAX 8     /* of them may wait for it: anybody can forge a token, and auth may hang */

typedef struct AuthWatch AuthWatch;

/* Asks to close the session's sockets; on AuthWatch's thread. */
typedef void (*AuthWatchRevokedFn)(void *arg, Id session, int64_t until_ms);

typedef struct AuthWatchConfig {
    Identity *identity;
    Pubsub *pubsub;
    RpcClient *auth;
    bool hosts_auth;               /* the keys come from auth itself, which only needs to be triggered */
    AuthWatchRevokedFn on_revoked; /* may be NULL */
    void *arg;
} AuthWatchConfig;

/* All are borrowed. Starts a thread, which retries until it succeeds. On the main thread. */
AuthWatch *auth_watch_start(const AuthWatchConfig *config);
/* OK once the keys are known and the last poll succeeded. ERR_UNAVAILABLE with what is missing. */
ON_WORKER MUST_CHECK Err auth_watch_check(AuthWatch *watch, Ctx *ctx);
/* Whether tokens can be verified at all. */
ANY_THREAD bool auth_watch_has_keys(AuthWatch *watch);
/* Waits for the thread. Accepts NULL. identity_verify() must not be called any more, nor pubsub deliver. */
void auth_watch_stop(AuthWatch *watch);
void auth_watch_free(AuthWatch *watch);
