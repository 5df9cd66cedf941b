#include "adapters/redis/deletes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define KEPT_MAX_DEFAULT 4096
#define SCAN_COUNT       "1000"

void deletes_init(Deletes *deletes, uint32_t kept_max)
{
    *deletes = (Deletes){ .kept_max = kept_max ? kept_max : KEPT_MAX_DEFAULT };
}

static void forget_keys(Deletes *deletes)
{
    while (deletes->n_keys > 0) free((char *)deletes->keys[--deletes->n_keys].ptr);
    free(deletes->keys);
    deletes->keys = NULL;
}

void deletes_done(Deletes *deletes)
{
    forget_keys(deletes);
    deletes->all = false;
}

void deletes_add_all(Deletes *deletes)
{
    forget_keys(deletes);
    deletes->all = true;
}

static Str copy(Str key)
{
    char *bytes = malloc(key.len);
    if (!bytes) abort();
    memcpy(bytes, key.ptr, key.len);
    return (Str){ bytes, key.len };
}

void deletes_add(Deletes *deletes, Str key)
{
    if (deletes->all) return;
    if (deletes->n_keys == deletes->kept_max) {
        deletes_add_all(deletes);
        return;
    }
    if (!deletes->keys) deletes->keys = calloc(deletes->kept_max, sizeof(Str));
    if (!deletes->keys) abort();
    deletes->keys[deletes->n_keys++] = copy(key);
}

bool deletes_is_empty(const Deletes *deletes)
{
    return deletes->n_keys == 0 && !deletes->all;
}

Deletes deletes_take(Deletes *deletes)
{
    Deletes taken = *deletes;
    deletes_init(deletes, taken.kept_max);
    return taken;
}

static Err failed(Ctx *ctx, const RedisConn *conn, const redisReply *reply)
{
    return ctx_fail(ctx, ERR_UNAVAILABLE, "redis: deletes that were kept fail: %s",
                    reply ? reply->str : conn->hiredis->errstr);
}

static Err delete_one(Ctx *ctx, RedisConn *conn, Str key)
{
    _cleanup_(redis_reply_freep) redisReply *reply = redis_call(conn, REDIS_ARGS(STR("DEL"), key));
    return reply && reply->type == REDIS_REPLY_INTEGER ? OK : failed(ctx, conn, reply);
}

/* SCAN finds every key that existed at its start; values put afterwards were read after the changes in question. */
static Err delete_all(Ctx *ctx, RedisConn *conn)
{
    char cursor[24] = "0", pattern[sizeof conn->key_prefix + 1];
    snprintf(pattern, sizeof pattern, "%s*", conn->key_prefix);
    do {
        _cleanup_(redis_reply_freep) redisReply *reply =
            redis_call(conn, REDIS_ARGS(STR("SCAN"), str_of(cursor), STR("MATCH"), str_of(pattern), STR("COUNT"),
                                        STR(SCAN_COUNT)));
        if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) return failed(ctx, conn, reply);
        const redisReply *keys = reply->element[1];
        for (size_t i = 0; i < keys->elements; i++) {
            Err err = delete_one(ctx, conn, (Str){ keys->element[i]->str, keys->element[i]->len });
            if (err) return err;
        }
        snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
    } while (strcmp(cursor, "0") != 0);
    return OK;
}

Err deletes_make(const Deletes *deletes, Ctx *ctx, RedisConn *conn)
{
    if (deletes->all) return delete_all(ctx, conn);
    for (size_t i = 0; i < deletes->n_keys; i++) {
        Err err = delete_one(ctx, conn, redis_key(ctx->arena, conn, deletes->keys[i]));
        if (err) return err;
    }
    return OK;
}
