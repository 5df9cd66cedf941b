/* See request.h. */
#include "rpc/request.h"

#include "base/map.h"

Err request_user(Ctx *ctx, Id *out_user)
{
    bool known = ctx->actor.kind != ACTOR_NONE && !id_is_none(ctx->actor.user);
    if (!known) return ctx_fail(ctx, ERR_UNAUTHENTICATED, "sign in first");
    *out_user = ctx->actor.user;
    return OK;
}

Err request_id(Ctx *ctx, const char *field, const char *text, Id *out_id)
{
    if (id_parse(str_of(text), out_id)) return OK;
    return ctx_fail(ctx, ERR_INVALID, "%s: not a UUID", field);
}

Err request_id_optional(Ctx *ctx, const char *field, const char *text, Id *out_id)
{
    if (text[0]) return request_id(ctx, field, text, out_id);
    *out_id = ID_NONE;
    return OK;
}

Err request_client_id(Ctx *ctx, const char *text, Id *out_id)
{
    Id id;
    Err err = request_id(ctx, "client_id", text, &id);
    if (err) return err;
    if (!id_is_client_made(id)) return ctx_fail(ctx, ERR_INVALID, "client_id: not a UUID of version 7 or 4");
    *out_id = id;
    return OK;
}

Err request_ids(Ctx *ctx, const char *field, char *const *texts, size_t n_texts, size_t max, Id **out_ids,
                size_t *out_n)
{
    if (n_texts > max) return ctx_fail(ctx, ERR_TOO_LARGE, "%s: over %zu at once", field, max);

    _cleanup_(map_done) Map seen = { 0 };
    Id *ids = arena_new_array(ctx->arena, Id, n_texts + 1);
    size_t n = 0;
    for (size_t i = 0; i < n_texts; i++) {
        Id *id = &ids[n];
        if (!id_parse(str_of(texts[i]), id)) return ctx_fail(ctx, ERR_INVALID, "%s[%zu]: not a UUID", field, i);
        if (map_get(&seen, id_key(id))) continue; /* the next takes its place */
        map_put(&seen, id_key(id), id);
        n++;
    }
    *out_ids = ids;
    *out_n = n;
    return OK;
}
