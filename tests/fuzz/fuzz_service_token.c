/* Any bytes as a service token, as they are and signed by us: the first are never taken unless we have signed them, the second
 * are taken only in the one form, so that signing what was read gives the same text again but for the issuer. */
#include "fuzz/fuzz.h"

#include <sodium.h>

#include "rpc/service_token.h"

#define NOW_S  INT64_C(1750000000)
#define SECRET "a secret that everybody knows, for the fuzzer"

static Str sign_text(Arena *arena, Str text)
{
    uint8_t derived[32], mac[32];
    char mac_text[64];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)SECRET, sizeof SECRET - 1);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)"molva service token 1", 21);
    crypto_auth_hmacsha256_final(&state, derived);
    crypto_auth_hmacsha256(mac, (const uint8_t *)text.ptr, text.len, derived);
    sodium_bin2base64(mac_text, sizeof mac_text, mac, sizeof mac, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *token = arena_alloc(arena, text.len + 1 + sizeof mac_text);
    if (text.len) memcpy(token, text.ptr, text.len);
    token[text.len] = '.';
    memcpy(token + text.len + 1, mac_text, 43);
    return (Str){ token, text.len + 44 };
}

/* Audience, role, user and session once more, in the one form. */
static void check_taken(Ctx *ctx, const ServiceKey *key, Str text, const Actor *actor)
{
    MUST_HOLD(actor->kind == ACTOR_SERVICE);
    MUST_HOLD(!actor->admin || !id_is_none(actor->user));
    MUST_HOLD(id_is_none(actor->session) || !id_is_none(actor->user));
    Str rest = text, version = str_cut(&rest, '.'), issuer = str_cut(&rest, '.');
    Str audience = str_cut(&rest, '.');
    MUST_HOLD(str_eq(version, STR("m1")) && str_eq(audience, STR("message")));
    Actor again;
    Str token = service_token_sign(ctx->arena, key, issuer, audience, actor, NOW_S);
    if (token.len > SERVICE_TOKEN_MAX) return;
    MUST_HOLD(service_token_verify(ctx, key, token, STR("message"), NOW_S, &again) == OK);
    MUST_HOLD(again.admin == actor->admin && id_eq(again.user, actor->user) && id_eq(again.session, actor->session));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ServiceKey *key;
    if (!key) key = service_key_new(STR(SECRET));
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("fuzz", NOW_S * 1000);
    Str text = { (const char *)data, size };
    Actor actor;
    /* Nobody finds the signature by chance; corpus/service_token has tokens that were signed. */
    if (service_token_verify(ctx, key, text, STR("message"), NOW_S, &actor) == OK) {
        Str unsigned_text = { text.ptr, text.len - 44 };
        MUST_HOLD(str_eq(sign_text(ctx->arena, unsigned_text), text));
        check_taken(ctx, key, unsigned_text, &actor);
    }
    MUST_HOLD(!ctx->err_text || utf8_valid(str_of(ctx->err_text)));
    if (service_token_verify(ctx, key, sign_text(ctx->arena, text), STR("message"), NOW_S, &actor) == OK)
        check_taken(ctx, key, text, &actor);
    return 0;
}
