/* Any bytes as an access token, and as header and claims (two lines) that one of our keys has signed: the first is never
 * taken unless its text is one that was signed, the second is taken only when it says who and until when. */
#include "fuzz/fuzz.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "net/jwt.h"

#define NOW_S INT64_C(1750000000)
/* corpus/jwt/signed; its claims end in 2128. */
#define SIGNED_TEXT                                                                                        \
    "eyJhbGciOiJFUzI1NiIsImtpZCI6InJmYzc1MTUiLCJ0eXAiOiJKV1QifQ."                                          \
    "eyJpc3MiOiJtb2x2YSIsImF1ZCI6Im1vbHZhIiwic3ViIjoiMDE5NzVmMWUtNmIwMC03YWJjLThkZWYtMDEyMzQ1Njc4OWFiIiwi" \
    "c2lkIjoiMDE5NzVmMWUtNmIwMC03YWJjLThkZWYtYmE5ODc2NTQzMjEwIiwiYWRtIjp0cnVlLCJpYXQiOjE3NTAwMDAwMDAsImV4" \
    "cCI6NTAwMDAwMDAwMH0"

/* The key of RFC 7515 appendix A.3, whose private half everybody knows. */
static const char key_d[] = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
static const char key_x[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
static const char key_y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

static EVP_PKEY *pkey;
static JwtKey *key;

static void decode(const char *text, unsigned char out[32])
{
    size_t len;
    MUST_HOLD(sodium_base642bin(out, 32, text, strlen(text), NULL, &len, NULL,
                                sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
              len == 32);
}

static void key_make(void)
{
    unsigned char d[32], point[65] = { POINT_CONVERSION_UNCOMPRESSED }, *der = NULL;
    char group[] = "prime256v1";
    decode(key_d, d);
    decode(key_x, point + 1);
    decode(key_y, point + 33);
    for (int i = 0; i < 16; i++) { /* OSSL_PARAM has integers in the machine's byte order */
        unsigned char byte = d[i];
        d[i] = d[31 - i];
        d[31 - i] = byte;
    }
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, d, sizeof d),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    MUST_HOLD(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) == 1);
    EVP_PKEY_CTX_free(ctx);
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    key = jwt_key_from_private_der(STR("rfc7515"), (Str){ (const char *)der, (size_t)len });
    MUST_HOLD(key);
    PKCS8_PRIV_KEY_INFO_free(info);
    OPENSSL_free(der);
}

static Str base64url(Arena *arena, const void *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(arena, size);
    sodium_bin2base64(text, size, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_of(text);
}

static Str sign(Arena *arena, Str header, Str claims)
{
    unsigned char der[80], raw[64];
    const unsigned char *at = der;
    size_t der_len = sizeof der;
    Str text = str_fmt(arena, "%s.%s", base64url(arena, header.ptr, header.len).ptr,
                       base64url(arena, claims.ptr, claims.len).ptr);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    MUST_HOLD(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, pkey) == 1);
    MUST_HOLD(EVP_DigestSign(md, der, &der_len, (const unsigned char *)text.ptr, text.len) == 1);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(md);
    return str_fmt(arena, "%s.%s", text.ptr, base64url(arena, raw, sizeof raw).ptr);
}

static void check_claims(Ctx *ctx, const JwtClaims *claims)
{
    JwtClaims again;
    MUST_HOLD(claims->expires_at_s > NOW_S && claims->issued_at_s <= NOW_S + 60);
    MUST_HOLD(jwt_verify(ctx, jwt_sign(ctx->arena, key, claims), &key, 1, NOW_S, &again) == OK);
    MUST_HOLD(id_eq(again.user, claims->user) && id_eq(again.session, claims->session));
    MUST_HOLD(again.admin == claims->admin && again.expires_at_s == claims->expires_at_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!key) key_make();
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("fuzz", NOW_S * 1000);
    Str token = { (const char *)data, size };
    JwtClaims claims;
    if (jwt_verify(ctx, token, &key, 1, NOW_S, &claims) == OK) {
        MUST_HOLD(str_starts_with(token, STR(SIGNED_TEXT ".")));
        check_claims(ctx, &claims);
    }
    MUST_HOLD(!ctx->err_text || utf8_valid(str_of(ctx->err_text)));

    Str rest = token, header = str_cut(&rest, '\n');
    if (size <= 4096 && jwt_verify(ctx, sign(ctx->arena, header, rest), &key, 1, NOW_S, &claims) == OK)
        check_claims(ctx, &claims);
    return 0;
}
