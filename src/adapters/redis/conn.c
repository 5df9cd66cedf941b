#include "adapters/redis/conn.h"

#include <assert.h>
#include <stdio.h>

#define ARGS_MAX   8
#define RUN_ID_LEN 40

static struct timeval timeval_of(uint32_t ms)
{
    return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 };
}

bool redis_add(RedisConn *conn, int argc, const Str *argv)
{
    const char *texts[ARGS_MAX];
    size_t lens[ARGS_MAX];
    assert(argc <= ARGS_MAX);
    for (int i = 0; i < argc; i++) {
        texts[i] = argv[i].ptr;
        lens[i] = argv[i].len;
    }
    return redisAppendCommandArgv(conn->hiredis, argc, texts, lens) == REDIS_OK;
}

redisReply *redis_next(RedisConn *conn)
{
    void *reply = NULL;
    return redisGetReply(conn->hiredis, &reply) == REDIS_OK ? reply : NULL;
}

redisReply *redis_call(RedisConn *conn, int argc, const Str *argv)
{
    return redis_add(conn, argc, argv) ? redis_next(conn) : NULL;
}

Str redis_key(Arena *arena, const RedisConn *conn, Str key)
{
    size_t prefix_len = strlen(conn->key_prefix);
    char *made = arena_alloc_raw(arena, prefix_len + key.len);
    memcpy(made, conn->key_prefix, prefix_len);
    memcpy(made + prefix_len, key.ptr, key.len);
    return (Str){ made, prefix_len + key.len };
}

/* A command of the connection's setup. *out_reply is passed to the caller; NULL: discarded. */
static Err greet(Ctx *ctx, const RedisAddress *address, RedisConn *conn, int argc, const Str *argv)
{
    _cleanup_(redis_reply_freep) redisReply *reply = redis_call(conn, argc, argv);
    if (!reply)
        return ctx_fail(ctx, ERR_UNAVAILABLE, "redis at %s:%u: %s", address->host, address->port,
                        conn->hiredis->errstr);
    if (reply->type != REDIS_REPLY_ERROR) return OK;
    Str text = { reply->str, reply->len };
    bool is_later = str_starts_with(text, STR("LOADING")) || str_starts_with(text, STR("MASTERDOWN"));
    return ctx_fail(ctx, is_later ? ERR_UNAVAILABLE : ERR_INVALID, "redis at %s:%u answers %.*s", address->host,
                    address->port, STR_ARG(text));
}

static Err sign_in(Ctx *ctx, const RedisAddress *address, RedisConn *conn)
{
    char number[16];
    Err err = OK;
    if (address->password && address->user)
        err = greet(ctx, address, conn, REDIS_ARGS(STR("AUTH"), str_of(address->user), str_of(address->password)));
    else if (address->password)
        err = greet(ctx, address, conn, REDIS_ARGS(STR("AUTH"), str_of(address->password)));
    if (err) return err;
    snprintf(number, sizeof number, "%u", address->database);
    if (address->database) err = greet(ctx, address, conn, REDIS_ARGS(STR("SELECT"), str_of(number)));
    if (err) return err;
    return greet(ctx, address, conn, REDIS_ARGS(STR("PING"))); /* refused while it loads its data */
}

static Err learn_run_id(Ctx *ctx, const RedisAddress *address, RedisConn *conn)
{
    static const char name[] = "\nrun_id:";
    _cleanup_(redis_reply_freep) redisReply *reply = redis_call(conn, REDIS_ARGS(STR("INFO"), STR("server")));
    if (!reply)
        return ctx_fail(ctx, ERR_UNAVAILABLE, "redis at %s:%u: %s", address->host, address->port,
                        conn->hiredis->errstr);
    const char *found = reply->type == REDIS_REPLY_STRING ? strstr(reply->str, name) : NULL;
    if (!found || strlen(found) < sizeof name - 1 + RUN_ID_LEN)
        return ctx_fail(ctx, ERR_INVALID, "redis at %s:%u does not tell its run_id (INFO server)", address->host,
                        address->port);
    snprintf(conn->key_prefix, sizeof conn->key_prefix, "%s:%.*s:", address->prefix, RUN_ID_LEN,
             found + sizeof name - 1);
    return OK;
}

Err redis_connect(Ctx *ctx, const RedisAddress *address, RedisConn *out_conn)
{
    RedisConn conn = { .hiredis = redisConnectWithTimeout(address->host, address->port,
                                                          timeval_of(address->connect_timeout_ms)) };
    Err err = OK;
    if (!conn.hiredis) abort();
    if (conn.hiredis->err || redisSetTimeout(conn.hiredis, timeval_of(address->timeout_ms)) != REDIS_OK)
        err = ctx_fail(ctx, ERR_UNAVAILABLE, "redis at %s:%u: %s", address->host, address->port, conn.hiredis->errstr);
    if (!err) err = sign_in(ctx, address, &conn);
    if (!err) err = learn_run_id(ctx, address, &conn);
    if (err) {
        redis_disconnect(&conn);
        return err;
    }
    *out_conn = conn;
    return OK;
}

void redis_disconnect(RedisConn *conn)
{
    if (conn->hiredis) redisFree(conn->hiredis);
    conn->hiredis = NULL;
}
