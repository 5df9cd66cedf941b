/* Validation of requests. */
#include "services/group/rules.h"

#include "base/limits.h"
#include "base/shown_text.h"
#include "rpc/request.h"

Err group_title_check(Ctx *ctx, const char *text, Str *out_title)
{
    static const ShownRule rule = { .field = "title", .max = TITLE_MAX };
    return shown_text_check(ctx, &rule, str_of(text), out_title);
}

Err group_description_check(Ctx *ctx, const char *text, Str *out_description)
{
    static const ShownRule rule = {
        .field = "description", .max = DESCRIPTION_MAX, .has_lines = true, .may_be_empty = true
    };
    return shown_text_check(ctx, &rule, str_of(text), out_description);
}

Err group_role_check(Ctx *ctx, MemberRole role)
{
    switch (role) {
    case MEMBER_ROLE__MEMBER:
    case MEMBER_ROLE__ADMIN_MEMBER:
    case MEMBER_ROLE__OWNER: return OK;
    default: return ctx_fail(ctx, ERR_INVALID, "role: MEMBER, ADMIN_MEMBER or OWNER");
    }
}

Err group_ids_check(Ctx *ctx, const char *field, char *const *texts, size_t n_texts, size_t max, Id self, Id **out_ids,
                    size_t *out_n)
{
    size_t n, kept = 0;
    Err err = request_ids(ctx, field, texts, n_texts, max, out_ids, &n);
    if (err) return err;

    Id *ids = *out_ids;
    for (size_t i = 0; i < n; i++)
        if (!id_eq(ids[i], self)) ids[kept++] = ids[i];
    /* Transactions that meet take the rows of their users in the same order. */
    id_sort(ids, kept);
    *out_n = kept;
    return OK;
}

static uint64_t fnv1a(uint64_t hash, Str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) hash = (hash ^ (unsigned char)bytes.ptr[i]) * 0x100000001b3u;
    return hash;
}

int64_t group_request_hash(Str title, Str description, const Id *members, size_t n_members)
{
    uint64_t hash = 0xcbf29ce484222325u;
    /* The NUL, which neither text contains, separates "ab" + "c" from "a" + "bc". */
    hash = fnv1a(hash, title);
    hash = fnv1a(hash, STR("\0"));
    hash = fnv1a(hash, description);
    hash = fnv1a(hash, STR("\0"));
    for (size_t i = 0; i < n_members; i++) hash = fnv1a(hash, id_key(&members[i]));
    return (int64_t)hash;
}

#define HOUR_MS 3600000

bool group_allowance_take(int64_t *used_until_ms, int64_t now_ms, uint32_t n, uint32_t per_hour, uint32_t *out_wait_ms)
{
    int64_t begin_ms = *used_until_ms > now_ms ? *used_until_ms : now_ms;
    if (begin_ms > now_ms + HOUR_MS) begin_ms = now_ms + HOUR_MS; /* the clock was set back */
    int64_t end_ms = begin_ms + (int64_t)(n < per_hour ? n : per_hour) * HOUR_MS / per_hour;
    if (end_ms > now_ms + HOUR_MS) {
        *out_wait_ms = (uint32_t)(end_ms - now_ms - HOUR_MS);
        return false;
    }
    *used_until_ms = end_ms;
    return true;
}
