/* The state that the files of this service share. */
#pragma once
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
