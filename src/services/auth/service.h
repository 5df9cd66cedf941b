/* State shared by the files of this service. */
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

/* Publishes accounts that were closed by a version which did not publish it, because they may still own groups. Called
 * while the service opens; cheap if there are none. */
ON_WORKER MUST_CHECK Err accounts_tell_closed(AuthService *svc, Ctx *ctx);
