/* The state that the files of this service share. */
#pragma once
#include "rpc/request.h"
#include "services/auth/auth.h"
#include "services/auth/keys.h"
#include "services/auth/passwords.h"
#include "services/auth/throttle.h"

struct AuthService {
    /* fixed after open */
    Db *db;
    Outbox *outbox;
    Cache *cache;
    Identity *identity;
    AuthConfig config;
    SigningKeys *keys;
    Passwords *passwords;
    Throttle *throttle;
};

/* Tells the other services of accounts that were closed by a version which told nobody: groups still belong to them. Called while the
 * service opens; cheap when there are none. */
ON_WORKER MUST_CHECK Err accounts_tell_closed(AuthService *svc, Ctx *ctx);
