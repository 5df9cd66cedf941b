/* One connection to Redis: blocking, with timeouts. Belongs to one thread at a time. */
#pragma once
#include <hiredis/hiredis.h>

#include "adapters/redis/address.h"

typedef struct RedisConn {
    redisContext *hiredis;
    uint64_t generation; /* the pool's */
    /* "molva:<run id of the server>:": a restarted server has another run id, whatever data it loads, so nothing stored
     * before is found again. */
    char key_prefix[80];
} RedisConn;

/* Connects, authenticates, selects the database, reads the server's run id.
 *   ERR_UNAVAILABLE  unreachable, or not ready
 *   ERR_INVALID      the server refuses us */
MUST_CHECK Err redis_connect(Ctx *ctx, const RedisAddress *address, RedisConn *out_conn);
/* Accepts a zeroed one. */
void redis_disconnect(RedisConn *conn);

/* The key with this server's prefix. */
Str redis_key(Arena *arena, const RedisConn *conn, Str key);

/* Sends a command and waits for its reply, which may be an error; free with freeReplyObject(). NULL: the connection is
 * broken and must be closed with redis_disconnect(). */
redisReply *redis_call(RedisConn *conn, int argc, const Str *argv);
/* The same in two steps, for many commands: append them, then read the replies in order. Fails as redis_call(). */
bool redis_add(RedisConn *conn, int argc, const Str *argv);
redisReply *redis_next(RedisConn *conn);
#define REDIS_ARGS(...)                               \
    (int)ARRAY_LEN(((Str[]){ __VA_ARGS__ })), (Str[]) \
    {                                                 \
        __VA_ARGS__                                   \
    }

/* For _cleanup_. */
static inline void redis_reply_freep(redisReply **reply)
{
    if (*reply) freeReplyObject(*reply);
}
