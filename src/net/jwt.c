/* ES256 tokens over OpenSSL's EVP (RFC 7515 compact form, RFC 7518 section 3.4: the signature is r and s, 32 bytes
 * each). Any thread: keys are immutable, and OpenSSL counts references to them. An untrusted token is checked in order
 * of cost: length, form, a header of bounded size, kid, signature; its claims are parsed only once one of our keys has
 * verified them. */
#include "net/jwt.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#define COORDINATE_BYTES 32
#define SIGNATURE_BYTES  64
#define DER_MAX          72  /* SEQUENCE of two INTEGERs of at most 33 bytes */
#define HEADER_MAX       256 /* bytes; bounds the JSON parser's recursion on untrusted input */
#define CLOCK_SKEW_S     60
#define KID_RANDOM_BYTES 16

struct JwtKey {
    atomic_uint refs;
    EVP_PKEY *pkey;
    size_t kid_len;
    char kid[JWT_KID_MAX];
};

static void pkey_freep(EVP_PKEY **pkey)
{
    EVP_PKEY_free(*pkey);
}

static void pkey_ctx_freep(EVP_PKEY_CTX **ctx)
{
    EVP_PKEY_CTX_free(*ctx);
}

static void sig_freep(ECDSA_SIG **sig)
{
    ECDSA_SIG_free(*sig);
}

static void bn_freep(BIGNUM **number)
{
    BN_free(*number);
}

static void json_freep(json_t **json)
{
    json_decref(*json);
}

/* base64url without padding (RFC 7515 section 2). */
static Str base64url(Arena *arena, const void *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc_raw(arena, size);
    sodium_bin2base64(text, size, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return (Str){ text, size - 1 };
}

/* False for padding, invalid characters, leftover bits, and more than `max` bytes: each value has exactly one
 * encoding. */
static bool base64url_decode(Str text, void *out, size_t max, size_t *out_len)
{
    const char *end = NULL;
    /* libsodium decodes every non-ASCII byte as '_'. */
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] > 0x7f) return false;
    if (sodium_base642bin(out, max, text.ptr, text.len, NULL, out_len, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return false;
    return end == text.ptr + text.len;
}

/* Characters that our JSON needs no escape for. */
static bool kid_valid(Str kid)
{
    if (kid.len == 0 || kid.len > JWT_KID_MAX) return false;
    for (size_t i = 0; i < kid.len; i++)
        if (kid.ptr[i] <= ' ' || kid.ptr[i] > '~' || kid.ptr[i] == '"' || kid.ptr[i] == '\\') return false;
    return true;
}

static bool pkey_is_p256(const EVP_PKEY *pkey)
{
    char group[32];
    return EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

/* Takes ownership of *pkey; NULL if the key or kid is unusable. */
static JwtKey *key_of(Str kid, EVP_PKEY **pkey)
{
    if (!*pkey || !kid_valid(kid) || !pkey_is_p256(*pkey)) {
        ERR_clear_error();
        return NULL;
    }
    JwtKey *key = calloc(1, sizeof *key);
    if (!key) abort();
    key->refs = 1;
    key->pkey = TAKE_PTR(*pkey);
    key->kid_len = kid.len;
    memcpy(key->kid, kid.ptr, kid.len);
    return key;
}

JwtKey *jwt_key_generate(void)
{
    unsigned char random[KID_RANDOM_BYTES];
    char kid[sodium_base64_ENCODED_LEN(KID_RANDOM_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(kid, sizeof kid, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

    _cleanup_(pkey_freep) EVP_PKEY *pkey = EVP_EC_gen("P-256");
    JwtKey *key = key_of(str_of(kid), &pkey);
    if (!key) abort(); /* no memory or no randomness: nothing could be signed */
    return key;
}

Str jwt_key_private_der(Arena *arena, const JwtKey *key)
{
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
    if (len <= 0) abort(); /* a public key, or no memory */
    Str copy = { arena_copy(arena, der, (size_t)len), (size_t)len };
    PKCS8_PRIV_KEY_INFO_free(info);
    OPENSSL_clear_free(der, (size_t)len);
    return copy;
}

JwtKey *jwt_key_from_private_der(Str kid, Str der)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    bool whole = info && at == (const unsigned char *)der.ptr + der.len;
    _cleanup_(pkey_freep) EVP_PKEY *pkey = whole ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return key_of(kid, &pkey);
}

JwtKey *jwt_key_from_jwk(Str kid, Str x, Str y)
{
    unsigned char point[1 + 2 * COORDINATE_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
    char group[] = "prime256v1";
    size_t x_len, y_len;
    if (!base64url_decode(x, point + 1, COORDINATE_BYTES, &x_len) || x_len != COORDINATE_BYTES) return NULL;
    if (!base64url_decode(y, point + 1 + COORDINATE_BYTES, COORDINATE_BYTES, &y_len) || y_len != COORDINATE_BYTES)
        return NULL;

    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    _cleanup_(pkey_freep) EVP_PKEY *pkey = NULL;
    _cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (!ctx) abort();
    /* This refuses points off the curve. */
    if (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        ERR_clear_error();
        return NULL;
    }
    return key_of(kid, &pkey);
}

static Str coordinate(Arena *arena, const JwtKey *key, const char *name)
{
    unsigned char bytes[COORDINATE_BYTES];
    _cleanup_(bn_freep) BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key->pkey, name, &number) != 1) abort();
    if (BN_bn2binpad(number, bytes, sizeof bytes) != sizeof bytes) abort();
    return base64url(arena, bytes, sizeof bytes);
}

void jwt_key_to_jwk(Arena *arena, const JwtKey *key, Str *out_kid, Str *out_x, Str *out_y)
{
    *out_kid = str_dup(arena, jwt_key_kid(key));
    *out_x = coordinate(arena, key, OSSL_PKEY_PARAM_EC_PUB_X);
    *out_y = coordinate(arena, key, OSSL_PKEY_PARAM_EC_PUB_Y);
}

Str jwt_key_kid(const JwtKey *key)
{
    return (Str){ key->kid, key->kid_len };
}

JwtKey *jwt_key_ref(JwtKey *key)
{
    atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
    return key;
}

void jwt_key_unref(JwtKey *key)
{
    if (!key || atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) != 1) return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* ECDSA over the SHA-256 of the text. It can only fail for lack of memory or randomness. */
static void sign_text(const JwtKey *key, Str text, unsigned char out_signature[SIGNATURE_BYTES])
{
    unsigned char digest[crypto_hash_sha256_BYTES], der[DER_MAX];
    const unsigned char *at = der;
    size_t der_len = sizeof der;
    crypto_hash_sha256(digest, (const unsigned char *)text.ptr, text.len);

    _cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!ctx || EVP_PKEY_sign_init(ctx) != 1) abort();
    if (EVP_PKEY_sign(ctx, der, &der_len, digest, sizeof digest) != 1) abort();
    _cleanup_(sig_freep) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    if (!sig) abort();
    if (BN_bn2binpad(ECDSA_SIG_get0_r(sig), out_signature, COORDINATE_BYTES) < 0) abort();
    if (BN_bn2binpad(ECDSA_SIG_get0_s(sig), out_signature + COORDINATE_BYTES, COORDINATE_BYTES) < 0) abort();
}

static bool signature_valid(const JwtKey *key, Str text, const unsigned char signature[SIGNATURE_BYTES])
{
    unsigned char digest[crypto_hash_sha256_BYTES], der[DER_MAX], *at = der;
    crypto_hash_sha256(digest, (const unsigned char *)text.ptr, text.len);

    _cleanup_(sig_freep) ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, COORDINATE_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(signature + COORDINATE_BYTES, COORDINATE_BYTES, NULL);
    if (!sig || !r || !s) abort();
    ECDSA_SIG_set0(sig, r, s);
    int der_len = i2d_ECDSA_SIG(sig, &at);
    if (der_len <= 0) abort();

    _cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!ctx || EVP_PKEY_verify_init(ctx) != 1) abort();
    bool valid = EVP_PKEY_verify(ctx, der, (size_t)der_len, digest, sizeof digest) == 1;
    if (!valid) ERR_clear_error();
    return valid;
}

Str jwt_sign(Arena *arena, const JwtKey *key, const JwtClaims *claims)
{
    char user[ID_TEXT_LEN + 1], session[ID_TEXT_LEN + 1];
    id_format(claims->user, user);
    id_format(claims->session, session);

    /* Needs no escapes: the kid is the only variable text, and kid_valid() has checked it. */
    Str header = str_fmt(arena, "{\"alg\":\"ES256\",\"kid\":\"%.*s\",\"typ\":\"JWT\"}", STR_ARG(jwt_key_kid(key)));
    Str body = str_fmt(arena,
                       "{\"iss\":\"" JWT_ISSUER "\",\"aud\":\"" JWT_AUDIENCE "\",\"sub\":\"%s\",\"sid\":\"%s\","
                       "\"adm\":%s,\"iat\":%lld,\"exp\":%lld}",
                       user, session, claims->admin ? "true" : "false", (long long)claims->issued_at_s,
                       (long long)claims->expires_at_s);
    Str text = str_fmt(arena, "%.*s.%.*s", STR_ARG(base64url(arena, header.ptr, header.len)),
                       STR_ARG(base64url(arena, body.ptr, body.len)));

    unsigned char signature[SIGNATURE_BYTES];
    sign_text(key, text, signature);
    return str_fmt(arena, "%.*s.%.*s", STR_ARG(text), STR_ARG(base64url(arena, signature, sizeof signature)));
}

static Err refuse(Ctx *ctx, const char *reason)
{
    return ctx_fail(ctx, ERR_UNAUTHENTICATED, "access token: %s", reason);
}

/* NULL if it is not a JSON object, or names a member twice. */
static json_t *object_parse(const void *bytes, size_t len)
{
    json_t *json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json)) return json;
    json_decref(json);
    return NULL;
}

static Str member_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return (Str){ json_string_value(value), json_string_length(value) };
}

static JwtKey *no_key(Ctx *ctx, const char *reason)
{
    (void)refuse(ctx, reason);
    return NULL;
}

/* The key named by the header, borrowed; NULL, with the reason in ctx, if the header is not like ours. We choose the
 * algorithm and type, not the token: anything other than what jwt_sign() writes is refused, and members that point to a
 * key elsewhere (jwk, jku, x5u, x5c) are ignored. RFC 8725 sections 3.1, 3.10, 3.11. */
static JwtKey *header_key(Ctx *ctx, Str part, JwtKey *const *keys, size_t n_keys)
{
    unsigned char bytes[HEADER_MAX];
    size_t len;
    if (!base64url_decode(part, bytes, sizeof bytes, &len))
        return no_key(ctx, "its header is not base64url, or too long");

    _cleanup_(json_freep) json_t *header = object_parse(bytes, len);
    if (!header) return no_key(ctx, "its header is not a JSON object");
    if (!str_eq(member_text(header, "alg"), STR("ES256"))) return no_key(ctx, "alg is not ES256");
    if (json_object_get(header, "crit")) return no_key(ctx, "it has critical extensions");
    if (json_object_get(header, "typ") && !str_eq_nocase(member_text(header, "typ"), STR("JWT")))
        return no_key(ctx, "typ is not JWT");

    Str kid = member_text(header, "kid");
    for (size_t i = 0; i < n_keys; i++)
        if (str_eq(kid, jwt_key_kid(keys[i]))) return keys[i];
    (void)ctx_fail(ctx, ERR_NOT_FOUND, "access token: kid names no key of ours");
    return NULL;
}

static bool member_int(const json_t *object, const char *name, int64_t *out_value)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value)) return false;
    *out_value = json_integer_value(value);
    return true;
}

static Err claims_check(Ctx *ctx, Str part, int64_t now_s, JwtClaims *out_claims)
{
    unsigned char bytes[JWT_TOKEN_MAX];
    size_t len;
    if (!base64url_decode(part, bytes, sizeof bytes, &len)) return refuse(ctx, "its claims are not base64url");

    _cleanup_(json_freep) json_t *json = object_parse(bytes, len);
    if (!json) return refuse(ctx, "its claims are not a JSON object");
    if (!str_eq(member_text(json, "iss"), STR(JWT_ISSUER))) return refuse(ctx, "iss is not ours");
    if (!str_eq(member_text(json, "aud"), STR(JWT_AUDIENCE))) return refuse(ctx, "aud is not ours");

    JwtClaims claims = { 0 };
    const json_t *admin = json_object_get(json, "adm");
    if (!id_parse(member_text(json, "sub"), &claims.user)) return refuse(ctx, "sub is not an id");
    if (!id_parse(member_text(json, "sid"), &claims.session)) return refuse(ctx, "sid is not an id");
    if (!json_is_boolean(admin)) return refuse(ctx, "adm is missing");
    if (!member_int(json, "iat", &claims.issued_at_s)) return refuse(ctx, "iat is missing");
    if (!member_int(json, "exp", &claims.expires_at_s)) return refuse(ctx, "exp is missing");
    if (claims.issued_at_s > now_s + CLOCK_SKEW_S) return refuse(ctx, "it was issued in the future");
    if (claims.expires_at_s <= now_s) return refuse(ctx, "it has expired");
    claims.admin = json_is_true(admin);
    *out_claims = claims;
    return OK;
}

Err jwt_verify(Ctx *ctx, Str token, JwtKey *const *keys, size_t n_keys, int64_t now_s, JwtClaims *out_claims)
{
    if (token.len == 0) return refuse(ctx, "it is missing");
    if (token.len > JWT_TOKEN_MAX) return refuse(ctx, "it is too long");

    Str rest = token, header = str_cut(&rest, '.'), claims = str_cut(&rest, '.'), signature = rest;
    Str signed_text = { token.ptr, header.len + 1 + claims.len };
    /* A fourth part fails below, where its dot is not base64url. */
    if (signature.len == 0) return refuse(ctx, "it does not have three parts");

    const JwtKey *key = header_key(ctx, header, keys, n_keys);
    if (!key) return ctx->err;

    unsigned char raw[SIGNATURE_BYTES];
    size_t raw_len;
    if (!base64url_decode(signature, raw, sizeof raw, &raw_len) || raw_len != sizeof raw)
        return refuse(ctx, "its signature is not 64 bytes long");
    if (!signature_valid(key, signed_text, raw)) return refuse(ctx, "its signature is wrong");
    return claims_check(ctx, claims, now_s, out_claims);
}
