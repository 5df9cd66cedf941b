/* One connection to Redis: blocking, with timeouts. Belongs to one thread at a time. */
#pragma once
#include <hiredis/hiredis.h>

#include "adapters/redis/address.h"

typedef struct RedisConn {
    redisContext *hiredis;
    uint64_t generation; /* the pool's */
    /* "molva:<run id of the server>:": a server that was restarted, with whatever data, has another one, so that nothing
     * stored before is found again. */
    char key_prefix[80];
} RedisConn;

/* Connects, signs in, chooses the database, learns who is there.
 *   ERR_UNAVAILABLE  nobody answers, or not yet
 *   ERR_INVALID      it answers and refuses us */
MUST_CHECK Err redis_connect(Ctx *ctx, const RedisAddress *address, RedisConn *out_conn);
/* Accepts a zeroed one. */
void redis_disconnect(RedisConn *conn);

/* The key as this server knows it. */
Str redis_key(Arena *arena, const RedisConn *conn, Str key);

/* Sends a command and waits for its reply, which may be an error; free with freeReplyObject(). NULL: the connection is broken
 * and only good for redis_disconnect(). */
redisReply *redis_call(RedisConn *conn, int argc, const Str *argv);
/* The same in two steps, for many at once: commands that are added, and their replies in this order. Fails as redis_call(). */
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
