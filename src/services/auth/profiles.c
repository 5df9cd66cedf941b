/* Cached profiles. The cached value is a packed User. */
#include "services/auth/profiles.h"

#include "ports/cache_fetch.h"
#include "rpc/transcode.h"
#include "services/auth/store.h"
#include "services/auth/views.h"

/* auth_update_me() deletes changed entries, so this only bounds staleness if the cache was down at that moment. */
#define PROFILE_TTL_MS 60000

#define KEY_PREFIX "profile:"

static Str profile_key(Ctx *ctx, Id user)
{
    return str_fmt(ctx->arena, KEY_PREFIX "%s", id_text(ctx->arena, user));
}

typedef struct LoadWork {
    CacheItem *const *items;
    size_t n;
} LoadWork;

static Err load_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const LoadWork *work = arg;
    for (size_t i = 0; i < work->n; i++) {
        CacheItem *item = work->items[i];
        AccountRow account;
        Id id;
        Str text = { item->key.ptr + sizeof KEY_PREFIX - 1, ID_TEXT_LEN };
        item->value = (Str){ 0 };
        Err err = id_parse(text, &id) ? account_by_id(tx, ctx, id, &account) : ERR_NOT_FOUND;
        if (err && err != ERR_NOT_FOUND) return err;
        if (!err) item->value = message_pack(ctx->arena, &user_view(ctx, &account)->base);
    }
    return OK;
}

static Err load(Ctx *ctx, void *arg, CacheItem *const *items, size_t n)
{
    thread_role_assert(THREAD_WORKER);
    const AuthService *svc = arg;
    LoadWork work = { items, n };
    return db_read(svc->db, ctx, load_in_tx, &work);
}

Err profiles_find(AuthService *svc, Ctx *ctx, const Id *ids, size_t n_ids, User **out_users, size_t *out_count)
{
    CacheItem *items = arena_new_array(ctx->arena, CacheItem, n_ids);
    for (size_t i = 0; i < n_ids; i++) items[i].key = profile_key(ctx, ids[i]);
    Err err = cache_fetch(svc->cache, ctx, items, n_ids, PROFILE_TTL_MS, load, svc);
    if (err) return err;

    *out_count = 0;
    for (size_t i = 0; i < n_ids; i++) {
        if (!items[i].value.ptr) continue;
        User *user = (User *)message_unpack(ctx->arena, &user__descriptor, items[i].value);
        if (!user) return ctx_fail(ctx, ERR_INTERNAL, "the cache has something else than a profile");
        out_users[(*out_count)++] = user;
    }
    return OK;
}

void profile_forget(AuthService *svc, Ctx *ctx, Id user)
{
    cache_delete(svc->cache, ctx, profile_key(ctx, user));
}
