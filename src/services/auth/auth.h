/* Accounts, credentials, sessions and profiles: opening the service, and what the command line needs in addition to the
 * methods of the contract (auth_service.h). Opened once at startup; afterwards every function may run on any worker,
 * several at once. */
#pragma once
#include "auth_service.h"
#include "base/attr.h"
#include "ports/cache.h"
#include "ports/db.h"
#include "ports/outbox.h"
#include "rpc/identity.h"

/* For the code that opens the database and the outbox. */
extern const DbSchema auth_schema;
extern const OutboxQueries auth_outbox_queries;

typedef enum AuthRegistration {
    AUTH_REGISTRATION_OPEN,   /* anyone */
    AUTH_REGISTRATION_INVITE, /* with a code */
    AUTH_REGISTRATION_CLOSED, /* nobody except the owner, with the one-time code */
} AuthRegistration;

typedef struct AuthConfig {
    AuthRegistration registration;
    bool people_listed;          /* false: people can only be found by name */
    bool throttle;               /* false: wrong passwords cause no delay (MOLVA_RATE_LIMITS=off) */
    uint32_t access_ttl_s;       /* lifetime of an access token */
    int64_t refresh_ttl_ms;      /* lifetime of an unused session */
    int64_t key_rotation_ms;     /* how long a key signs access tokens */
    size_t password_memory;      /* bytes of one argon2id hash; at least 8192 */
    uint32_t password_passes;    /* passes of argon2id; at least 1 */
    uint32_t password_threads;   /* hashes at once */
    uint32_t password_queue_max; /* waiting hashes; beyond: ERR_UNAVAILABLE */
} AuthConfig;

/* Defaults: registration by invitation, people listed, 10 minutes, 60 days, 30 days, 19 MiB, 2 passes. */
AuthConfig auth_config_default(void);

/* Reads the signing keys, or creates the first, passes them and the revoked sessions to `identity`, and refolds names
 * folded by an older version, which takes a while at the first start after an update. db has auth_schema; all are
 * borrowed until auth_close(). On failure the text is in ctx. */
ON_WORKER MUST_CHECK Err auth_open(Ctx *ctx, Db *db, Outbox *outbox, Cache *cache, Identity *identity,
                                   const AuthConfig *config, AuthService **out_service);
/* No calls may be running. Accepts NULL. */
void auth_close(AuthService *svc);

/* A new one-time code that makes its bearer the owner, in the arena; earlier codes become void.
 *   ERR_NOT_FOUND  there is an owner already */
ON_WORKER MUST_CHECK Err auth_owner_invite(AuthService *svc, Ctx *ctx, Str *out_code);

/* Creates an account without a code, whatever the registration mode. display_name may be empty.
 *   ERR_INVALID   a name, the password or the role breaks a rule
 *   ERR_CONFLICT  the name is taken, or there is an owner already */
ON_WORKER MUST_CHECK Err auth_account_add(AuthService *svc, Ctx *ctx, Str username, Str password, Str display_name,
                                          AccountRole role, Id *out_user);
/* ERR_NOT_FOUND. */
ON_WORKER MUST_CHECK Err auth_account_find(AuthService *svc, Ctx *ctx, Str username, Id *out_user);
/* Sets a new password and ends all sessions of the account.
 *   ERR_NOT_FOUND, ERR_INVALID */
ON_WORKER MUST_CHECK Err auth_account_set_password(AuthService *svc, Ctx *ctx, Str username, Str password);
/* To list or change accounts: auth_list_accounts() and auth_update_account() with ctx->actor.kind ACTOR_SERVICE and no
 * user, which has the owner's rights. */
