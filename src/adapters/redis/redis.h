/* Redis (6.2 or later) behind ports/cache.h and ports/pubsub.h. Nothing is kept there that cannot be read again elsewhere: when
 * Redis is away, slow or empty, the cache misses, publishing answers ERR_UNAVAILABLE, and everything else goes on.
 * docs/adr/0009-leases-in-redis.md says why no stale value is ever answered. */
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

/* Connects once. A Redis that does not answer is no failure: it is tried again from then on.
 *   ERR_INVALID  the URL is malformed, or Redis refuses us (password, database); ctx says which */
MUST_CHECK Err redis_open(Ctx *ctx, const RedisConfig *config, Redis **out_redis);
/* After what was made of it is freed. Accepts NULL. */
void redis_close(Redis *redis);

/* Both borrow the Redis. pubsub has a connection and a thread of its own. */
Cache *redis_cache_new(Redis *redis);
Pubsub *redis_pubsub_new(Redis *redis);
