/* The format is fixed: nine parts, no escapes, so every text has one reading. The signature is verified before anything
 * else is believed. */
#include "rpc/service_token.h"

#include <sodium.h>
#include <stdlib.h>

#define VERSION      "m1"
#define MAC_BYTES    crypto_auth_hmacsha256_BYTES
#define MAC_TEXT_LEN 43                      /* base64url without padding */
#define PURPOSE      "molva service token 1" /* domain separation: other uses of the secret derive other keys */

struct ServiceKey {
    uint8_t bytes[crypto_auth_hmacsha256_KEYBYTES];
};

static void hmac(const uint8_t *key, size_t key_len, Str text, uint8_t out[MAC_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.ptr, text.len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

ServiceKey *service_key_new(Str secret)
{
    if (secret.len < SERVICE_KEY_MIN) return NULL;
    ServiceKey *key = malloc(sizeof *key);
    if (!key) abort();
    hmac((const uint8_t *)secret.ptr, secret.len, STR(PURPOSE), key->bytes);
    return key;
}

void service_key_free(ServiceKey *key)
{
    if (!key) return;
    sodium_memzero(key, sizeof *key);
    free(key);
}

static void mac_of(const ServiceKey *key, Str text, char out_mac[MAC_TEXT_LEN + 1])
{
    uint8_t mac[MAC_BYTES];
    hmac(key->bytes, sizeof key->bytes, text, mac);
    sodium_bin2base64(out_mac, MAC_TEXT_LEN + 1, mac, sizeof mac, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void add_id(StrBuf *out, Id id)
{
    char text[ID_TEXT_LEN + 1];
    strbuf_add_char(out, '.');
    if (id_is_none(id)) {
        strbuf_add_char(out, '-');
        return;
    }
    id_format(id, text);
    strbuf_add(out, (Str){ text, ID_TEXT_LEN });
}

Str service_token_sign(Arena *arena, const ServiceKey *key, Str issuer, Str audience, const Actor *actor, int64_t now_s)
{
    StrBuf out;
    strbuf_init(&out, arena);
    strbuf_reserve(&out, SERVICE_TOKEN_MAX);
    strbuf_add(&out, STR(VERSION "."));
    strbuf_add(&out, issuer);
    strbuf_add_char(&out, '.');
    strbuf_add(&out, audience);
    strbuf_add_char(&out, '.');
    strbuf_add_u64(&out, (uint64_t)now_s);
    strbuf_add_char(&out, '.');
    strbuf_add_u64(&out, (uint64_t)now_s + SERVICE_TOKEN_LIFE_S);
    bool for_user = actor->kind != ACTOR_NONE && !id_is_none(actor->user);
    strbuf_add(&out, !for_user ? STR(".service") : actor->admin ? STR(".admin") : STR(".user"));
    add_id(&out, for_user ? actor->user : ID_NONE);
    add_id(&out, for_user ? actor->session : ID_NONE);

    char text[MAC_TEXT_LEN + 1];
    mac_of(key, strbuf_str(&out), text);
    strbuf_add_char(&out, '.');
    strbuf_add(&out, (Str){ text, MAC_TEXT_LEN });
    return strbuf_str(&out);
}

static Err refuse(Ctx *ctx, const char *why)
{
    return ctx_fail(ctx, ERR_UNAUTHENTICATED, "service token: %s", why);
}

/* The position of the last dot, which precedes the MAC; -1 without one. */
static ptrdiff_t last_dot(Str token)
{
    for (size_t i = token.len; i > 0; i--)
        if (token.ptr[i - 1] == '.') return (ptrdiff_t)i - 1;
    return -1;
}

/* Compares texts, not bytes: base64 has more than one text for the same bytes, and libsodium accepts some invalid
 * ones. */
static bool is_signed(const ServiceKey *key, Str text, Str mac_text)
{
    char made[MAC_TEXT_LEN + 1];
    if (mac_text.len != MAC_TEXT_LEN) return false;
    mac_of(key, text, made);
    return sodium_memcmp(mac_text.ptr, made, MAC_TEXT_LEN) == 0;
}

/* "-" or a canonical id. */
static bool read_id(Str text, Id *out_id)
{
    *out_id = ID_NONE;
    return str_eq(text, STR("-")) || id_parse(text, out_id);
}

static bool read_actor(Str role, Str user, Str session, Actor *out_actor)
{
    *out_actor = (Actor){ .kind = ACTOR_SERVICE };
    if (!read_id(user, &out_actor->user) || !read_id(session, &out_actor->session)) return false;
    out_actor->admin = str_eq(role, STR("admin"));
    if (str_eq(role, STR("service"))) return id_is_none(out_actor->user) && id_is_none(out_actor->session);
    return (out_actor->admin || str_eq(role, STR("user"))) && !id_is_none(out_actor->user);
}

Err service_token_verify(Ctx *ctx, const ServiceKey *key, Str token, Str audience, int64_t now_s, Actor *out_actor)
{
    if (token.len > SERVICE_TOKEN_MAX) return refuse(ctx, "it is too long");
    ptrdiff_t dot = last_dot(token);
    if (dot < 0) return refuse(ctx, "it is malformed");
    Str text = { token.ptr, (size_t)dot };
    if (!is_signed(key, text, (Str){ token.ptr + dot + 1, token.len - text.len - 1 }))
        return refuse(ctx, "it is not signed with our key");

    uint64_t issued_s, expires_s, far = INT64_MAX / 2, now = (uint64_t)now_s;
    Str rest = text, version = str_cut(&rest, '.');
    str_cut(&rest, '.'); /* the issuer only informs readers of logs and captures */
    Str aud = str_cut(&rest, '.'), issued = str_cut(&rest, '.'), expires = str_cut(&rest, '.');
    Str role = str_cut(&rest, '.'), user = str_cut(&rest, '.'), session = rest;
    Actor actor;
    if (!str_eq(version, STR(VERSION)) || !str_to_u64(issued, far, &issued_s) ||
        !str_to_u64(expires, far, &expires_s) || !read_actor(role, user, session, &actor))
        return refuse(ctx, "it is malformed");
    if (!str_eq(aud, audience)) return refuse(ctx, "it is for another service");
    if (issued_s > now + SERVICE_TOKEN_SKEW_S) return refuse(ctx, "it was issued in the future; compare the clocks");
    if (expires_s + SERVICE_TOKEN_SKEW_S <= now) return refuse(ctx, "it has expired; compare the clocks");
    if (expires_s < issued_s || expires_s - issued_s > SERVICE_TOKEN_LIFE_S) return refuse(ctx, "it lives too long");
    *out_actor = actor;
    return OK;
}
