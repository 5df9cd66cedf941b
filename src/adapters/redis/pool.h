/* A shared pool of connections behind a circuit breaker. While Redis is down nobody waits for it: the breaker is open,
 * every call fails at once, and one thread, the keeper, tries to reconnect. Deletes that failed are kept and executed
 * before the breaker closes; this is what prevents stale reads. */
#pragma once
#include "adapters/redis/conn.h"

/* A connection, to be returned with redis_give_back(). NULL, with the reason in ctx: the breaker is open, or all
 * connections stayed busy for the timeout of a command. */
ON_WORKER RedisConn *redis_take(Redis *redis, Ctx *ctx);
/* is_broken: the connection failed; opens the breaker, if the connection was opened after the breaker last closed. */
ON_WORKER void redis_give_back(Redis *redis, RedisConn *conn, bool is_broken);
/* A delete that did not reach Redis: opens the breaker, which closes once the delete has been executed. */
ON_WORKER void redis_delete_later(Redis *redis, Str key);
/* ERR_UNAVAILABLE with the reason, while the breaker is open. */
ON_WORKER MUST_CHECK Err redis_check(Redis *redis, Ctx *ctx);

/* Fixed after open. */
const RedisAddress *redis_address(const Redis *redis);
const RedisConfig *redis_config(const Redis *redis);
