/* The address of a Redis and its credentials. Pure except for copies on the heap. */
#pragma once
#include "adapters/redis/redis.h"

/* Fixed after open. */
typedef struct RedisAddress {
    char *host, *user, *password; /* user and password may be NULL */
    uint16_t port;
    unsigned database;
    uint32_t connect_timeout_ms, timeout_ms;
    char prefix[32];
} RedisAddress;

/* ERR_INVALID with the reason in ctx. */
MUST_CHECK Err redis_address_parse(Ctx *ctx, const RedisConfig *config, RedisAddress *out_address);
/* Accepts a zeroed one. */
void redis_address_done(RedisAddress *address);
