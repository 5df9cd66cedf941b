/* Connections that workers share, and the circuit breaker before them. While Redis is away nobody waits for it: the breaker is
 * open, everything answers at once, and one thread, the keeper, tries to come back. Deletes that could not be made are kept
 * and made before anybody else is let in again; that is what keeps a stale value from being answered. */
#pragma once
#include "adapters/redis/conn.h"

/* A connection, for redis_give_back(). NULL, with the reason in ctx: the breaker is open, or all connections stayed busy for
 * as long as a command may take. */
ON_WORKER RedisConn *redis_take(Redis *redis, Ctx *ctx);
/* is_broken: the connection failed; opens the breaker, if it was made after the breaker last closed. */
ON_WORKER void redis_give_back(Redis *redis, RedisConn *conn, bool is_broken);
/* This delete did not reach Redis: opens the breaker; it closes after the delete was made. */
ON_WORKER void redis_delete_later(Redis *redis, Str key);
/* ERR_UNAVAILABLE and why, while the breaker is open. */
ON_WORKER MUST_CHECK Err redis_check(Redis *redis, Ctx *ctx);

/* Fixed after open. */
const RedisAddress *redis_address(const Redis *redis);
const RedisConfig *redis_config(const Redis *redis);
