/* Redis (6.2 or later) behind ports/cache.h and ports/pubsub.h. Everything in it can be read again elsewhere: while
 * Redis is down, slow or empty, the cache misses, publishing returns ERR_UNAVAILABLE, and everything else continues.
 * docs/adr/0009-leases-in-redis.md explains why stale values are never returned. */
#pragma once
#include "ports/cache.h"
#include "ports/pubsub.h"

typedef struct Redis Redis;

/* Zero fields take the defaults. Copied by redis_open(). */
typedef struct RedisConfig {
    Str url;                      /* "redis://[user@]host[:port][/database]" */
    Str password;                 /* empty: none */
    Str prefix;                   /* of keys and channels; letters and digits; "molva" */
    uint32_t connect_timeout_ms;  /* 1000 */
    uint32_t timeout_ms;          /* of a command, and of the wait for a connection that is free: 250 */
    uint32_t connections_max;     /* besides the subscriber's: 16 */
    uint32_t deletes_kept_max;    /* that wait for Redis to come back; with more of them all keys are deleted: 4096 */
    uint32_t subscriber_quiet_ms; /* without a byte, though asked: the peer counts as dead: 2000 */
} RedisConfig;

/* Connects once. An unreachable Redis is not an error: it is retried from then on.
 *   ERR_INVALID  the URL is malformed, or Redis refuses us (password, database); ctx has the details */
MUST_CHECK Err redis_open(Ctx *ctx, const RedisConfig *config, Redis **out_redis);
/* Once everything created from it is freed. Accepts NULL. */
void redis_close(Redis *redis);

/* Both borrow the Redis. pubsub has a connection and a thread of its own. */
Cache *redis_cache_new(Redis *redis);
Pubsub *redis_pubsub_new(Redis *redis);
