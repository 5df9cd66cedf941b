#include "net/jwt.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "support/test.h"

#define NOW_S INT64_C(1750000000)
#define USER  "01975f1e-6b00-7abc-8def-0123456789ab"
#define SID   "01975f1e-6b00-7abc-8def-ba9876543210"
#define CLAIMS                                                                 \
    "{\"iss\":\"molva\",\"aud\":\"molva\",\"sub\":\"" USER "\",\"sid\":\"" SID \
    "\",\"adm\":false,\"iat\":1750000000,\"exp\":1750000600}"

static JwtKey *key, *other_key;

static int setup(void **state)
{
    key = jwt_key_generate();
    other_key = jwt_key_generate();
    return 0;
}

static int teardown(void **state)
{
    jwt_key_unref(key);
    jwt_key_unref(other_key);
    return 0;
}

static Str base64url(Arena *arena, const void *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(arena, size);
    sodium_bin2base64(text, size, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_of(text);
}

/* ES256 over any text, by another way than the code under test: EVP_DigestSign. */
static void sign_raw(Arena *arena, const JwtKey *signer, Str text, unsigned char out[64])
{
    unsigned char der[128];
    const unsigned char *at = der;
    size_t der_len = sizeof der;
    Str private = jwt_key_private_der(arena, signer);
    const unsigned char *private_at = (const unsigned char *)private.ptr;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &private_at, (long)private.len);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, pkey), 1);
    assert_int_equal(EVP_DigestSign(md, der, &der_len, (const unsigned char *)text.ptr, text.len), 1);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32), 32);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(pkey);
}

/* "%k" in the header stands for the key's kid. */
static Str token_of(Arena *arena, const char *header, const char *claims)
{
    StrBuf filled;
    strbuf_init(&filled, arena);
    for (const char *c = header; *c; c++) {
        if (c[0] == '%' && c[1] == 'k') {
            strbuf_add(&filled, jwt_key_kid(key));
            c++;
        } else {
            strbuf_add_char(&filled, *c);
        }
    }
    unsigned char signature[64];
    Str head = base64url(arena, filled.ptr, filled.len), body = base64url(arena, claims, strlen(claims));
    Str text = str_fmt(arena, "%.*s.%.*s", STR_ARG(head), STR_ARG(body));
    sign_raw(arena, key, text, signature);
    return str_fmt(arena, "%.*s.%.*s", STR_ARG(text), STR_ARG(base64url(arena, signature, sizeof signature)));
}

static JwtClaims claims_now(void)
{
    JwtClaims claims = { .admin = true, .issued_at_s = NOW_S, .expires_at_s = NOW_S + 600 };
    id_parse(STR(USER), &claims.user);
    id_parse(STR(SID), &claims.session);
    return claims;
}

TEST(what_was_signed_is_verified_and_comes_back_whole)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims claims = claims_now(), got;
    JwtKey *keys[] = { other_key, key };
    /* Many, because r and s now and then begin with zeroes. */
    for (int i = 0; i < 600; i++) {
        claims.expires_at_s++;
        assert_int_equal(jwt_verify(ctx, jwt_sign(ctx->arena, key, &claims), keys, 2, NOW_S, &got), OK);
        assert_memory_equal(&got.user, &claims.user, sizeof got.user);
        assert_memory_equal(&got.session, &claims.session, sizeof got.session);
        assert_int_equal(got.expires_at_s, claims.expires_at_s);
        assert_int_equal(got.issued_at_s, claims.issued_at_s);
        assert_true(got.admin);
    }
}

static const struct {
    const char *label, *header, *claims;
    Err want;
} tokens[] = {
    { "as we make them", "{\"alg\":\"ES256\",\"kid\":\"%k\",\"typ\":\"JWT\"}", CLAIMS, OK },
    { "without typ", "{\"alg\":\"ES256\",\"kid\":\"%k\"}", CLAIMS, OK },
    { "typ in lower case", "{\"alg\":\"ES256\",\"kid\":\"%k\",\"typ\":\"jwt\"}", CLAIMS, OK },
    { "foreign typ", "{\"alg\":\"ES256\",\"kid\":\"%k\",\"typ\":\"dpop+jwt\"}", CLAIMS, ERR_UNAUTHENTICATED },
    { "typ no text", "{\"alg\":\"ES256\",\"kid\":\"%k\",\"typ\":1}", CLAIMS, ERR_UNAUTHENTICATED },
    { "alg none", "{\"alg\":\"none\",\"kid\":\"%k\"}", CLAIMS, ERR_UNAUTHENTICATED },
    { "alg HS256", "{\"alg\":\"HS256\",\"kid\":\"%k\"}", CLAIMS, ERR_UNAUTHENTICATED },
    { "alg in lower case", "{\"alg\":\"es256\",\"kid\":\"%k\"}", CLAIMS, ERR_UNAUTHENTICATED },
    { "alg with NUL", "{\"alg\":\"ES256\\u0000\",\"kid\":\"%k\"}", CLAIMS, ERR_UNAUTHENTICATED },
    { "no alg", "{\"kid\":\"%k\"}", CLAIMS, ERR_UNAUTHENTICATED },
    { "alg twice", "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"%k\"}", CLAIMS, ERR_UNAUTHENTICATED },
    { "no kid", "{\"alg\":\"ES256\"}", CLAIMS, ERR_NOT_FOUND },
    { "foreign kid", "{\"alg\":\"ES256\",\"kid\":\"x%k\"}", CLAIMS, ERR_NOT_FOUND },
    { "crit", "{\"alg\":\"ES256\",\"kid\":\"%k\",\"crit\":[\"exp\"]}", CLAIMS, ERR_UNAUTHENTICATED },
    { "own key inside", "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"}}", CLAIMS, ERR_NOT_FOUND },
    { "header an array", "[\"ES256\"]", CLAIMS, ERR_UNAUTHENTICATED },
    { "header no JSON", "ES256", CLAIMS, ERR_UNAUTHENTICATED },
    { "header with a tail", "{\"alg\":\"ES256\",\"kid\":\"%k\"} x", CLAIMS, ERR_UNAUTHENTICATED },
    { "claims an array", "{\"alg\":\"ES256\",\"kid\":\"%k\"}", "[]", ERR_UNAUTHENTICATED },
    { "claims empty", "{\"alg\":\"ES256\",\"kid\":\"%k\"}", "", ERR_UNAUTHENTICATED },
};

TEST_EACH(only_es256_by_a_key_of_ours_with_a_plain_header_passes, tokens, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims got;
    CHECK_ERR(jwt_verify(ctx, token_of(ctx->arena, c->header, c->claims), &key, 1, NOW_S, &got), c->want, c->label);
}

#define WITH(iss, aud, sub, sid, adm, iat, exp) \
    "{\"iss\":" iss ",\"aud\":" aud ",\"sub\":" sub ",\"sid\":" sid ",\"adm\":" adm ",\"iat\":" iat ",\"exp\":" exp "}"
#define OURS   "\"molva\""
#define USER_Q "\"" USER "\""
#define SID_Q  "\"" SID "\""

static const struct {
    const char *label, *claims;
    Err want;
} claim_sets[] = {
    { "all as they must be", WITH(OURS, OURS, USER_Q, SID_Q, "true", "1750000000", "1750000600"), OK },
    { "further members",
      "{\"nonce\":1,"
      "\"iss\":\"molva\",\"aud\":\"molva\",\"sub\":" USER_Q ",\"sid\":" SID_Q
      ",\"adm\":false,\"iat\":1750000000,\"exp\":1750000600}",
      OK },
    { "foreign issuer", WITH("\"evil\"", OURS, USER_Q, SID_Q, "true", "1750000000", "1750000600"),
      ERR_UNAUTHENTICATED },
    { "foreign audience", WITH(OURS, "\"evil\"", USER_Q, SID_Q, "true", "1750000000", "1750000600"),
      ERR_UNAUTHENTICATED },
    { "audiences in a list", WITH(OURS, "[\"molva\"]", USER_Q, SID_Q, "true", "1750000000", "1750000600"),
      ERR_UNAUTHENTICATED },
    { "sub no id", WITH(OURS, OURS, "\"me\"", SID_Q, "true", "1750000000", "1750000600"), ERR_UNAUTHENTICATED },
    { "sid a number", WITH(OURS, OURS, USER_Q, "7", "true", "1750000000", "1750000600"), ERR_UNAUTHENTICATED },
    { "adm a text", WITH(OURS, OURS, USER_Q, SID_Q, "\"true\"", "1750000000", "1750000600"), ERR_UNAUTHENTICATED },
    { "ends this second", WITH(OURS, OURS, USER_Q, SID_Q, "true", "1749999000", "1750000000"), ERR_UNAUTHENTICATED },
    { "ends next second", WITH(OURS, OURS, USER_Q, SID_Q, "true", "1749999000", "1750000001"), OK },
    { "a minute ahead", WITH(OURS, OURS, USER_Q, SID_Q, "true", "1750000060", "1750000600"), OK },
    { "over a minute ahead", WITH(OURS, OURS, USER_Q, SID_Q, "true", "1750000061", "1750000600"), ERR_UNAUTHENTICATED },
    { "exp a fraction", WITH(OURS, OURS, USER_Q, SID_Q, "true", "1750000000", "1750000600.5"), ERR_UNAUTHENTICATED },
    { "exp beyond 64 bits", WITH(OURS, OURS, USER_Q, SID_Q, "true", "1750000000", "99999999999999999999"),
      ERR_UNAUTHENTICATED },
    { "no exp",
      "{\"iss\":\"molva\",\"aud\":\"molva\",\"sub\":" USER_Q ",\"sid\":" SID_Q ",\"adm\":false,\"iat\":1750000000}",
      ERR_UNAUTHENTICATED },
    { "sub twice",
      "{\"sub\":" SID_Q ",\"iss\":\"molva\",\"aud\":\"molva\",\"sub\":" USER_Q ",\"sid\":" SID_Q
      ",\"adm\":false,\"iat\":1750000000,\"exp\":1750000600}",
      ERR_UNAUTHENTICATED },
};

TEST_EACH(claims_are_ours_complete_and_in_time, claim_sets, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims got;
    Str token = token_of(ctx->arena, "{\"alg\":\"ES256\",\"kid\":\"%k\",\"typ\":\"JWT\"}", c->claims);
    CHECK_ERR(jwt_verify(ctx, token, &key, 1, NOW_S, &got), c->want, c->label);
}

TEST(a_token_with_any_character_changed_or_cut_is_refused)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims claims = claims_now(), got;
    Str token = jwt_sign(ctx->arena, key, &claims);
    for (size_t at = 0; at < token.len; at++) {
        char *copy = str_cstr(ctx->arena, token);
        copy[at] = copy[at] == 'A' ? 'B' : 'A';
        Err err = jwt_verify(ctx, str_of(copy), &key, 1, NOW_S, &got);
        assert_true(err == ERR_UNAUTHENTICATED || err == ERR_NOT_FOUND); /* the kid may be another now */
        assert_int_equal(jwt_verify(ctx, (Str){ token.ptr, at }, &key, 1, NOW_S, &got), ERR_UNAUTHENTICATED);
    }
}

/* libsodium reads every byte beyond ASCII as '_'. */
TEST(a_signature_has_one_text_only)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims claims = claims_now(), got;
    char *token, *letter = NULL;
    while (!letter) { /* three of four signatures have one */
        claims.expires_at_s++;
        token = str_cstr(ctx->arena, jwt_sign(ctx->arena, key, &claims));
        letter = strchr(strrchr(token, '.'), '_');
    }
    assert_int_equal(jwt_verify(ctx, str_of(token), &key, 1, NOW_S, &got), OK);
    for (int byte = 0x80; byte <= 0xff; byte++) {
        *letter = (char)byte;
        assert_int_equal(jwt_verify(ctx, str_of(token), &key, 1, NOW_S, &got), ERR_UNAUTHENTICATED);
    }
}

static const struct {
    const char *label, *before, *after;
} frames[] = {
    { "a leading dot", ".", "" }, { "a trailing dot", "", "." }, { "a fourth part", "", ".AAAA" },
    { "padding", "", "=" },       { "a space", " ", "" },        { "a line end", "", "\n" },
};

TEST_EACH(a_token_with_something_around_it_is_refused, frames, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims claims = claims_now(), got;
    Str token = str_fmt(ctx->arena, "%s%.*s%s", c->before, STR_ARG(jwt_sign(ctx->arena, key, &claims)), c->after);
    CHECK_ERR(jwt_verify(ctx, token, &key, 1, NOW_S, &got), ERR_UNAUTHENTICATED, c->label);
}

TEST(only_the_key_that_the_kid_names_is_tried)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims claims = claims_now(), got;
    /* The same kid with another key behind it. */
    Str der = jwt_key_private_der(ctx->arena, other_key);
    JwtKey *twin = jwt_key_from_private_der(jwt_key_kid(key), der);
    assert_non_null(twin);
    JwtKey *keys[] = { key, twin };
    assert_int_equal(jwt_verify(ctx, jwt_sign(ctx->arena, twin, &claims), keys, 2, NOW_S, &got), ERR_UNAUTHENTICATED);
    assert_int_equal(jwt_verify(ctx, jwt_sign(ctx->arena, key, &claims), keys, 0, NOW_S, &got), ERR_NOT_FOUND);
    jwt_key_unref(twin);
}

TEST(a_token_over_the_limit_is_refused_unread)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims got;
    char *filler = arena_alloc(ctx->arena, JWT_TOKEN_MAX);
    memset(filler, ' ', JWT_TOKEN_MAX - 1);
    Str claims = str_fmt(ctx->arena, "%s%s", filler, CLAIMS);
    Str token = token_of(ctx->arena, "{\"alg\":\"ES256\",\"kid\":\"%k\"}", claims.ptr);
    assert_int_equal(jwt_verify(ctx, token, &key, 1, NOW_S, &got), ERR_UNAUTHENTICATED);
    assert_string_equal(ctx->err_text, "access token: it is too long");
}

TEST(a_deeply_nested_header_is_refused_before_it_is_parsed)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims got;
    char nested[1200] = "{\"alg\":\"ES256\",\"x\":";
    memset(nested + strlen(nested), '[', 1000);
    Str token = str_fmt(ctx->arena, "%.*s.e30.AAAA", STR_ARG(base64url(ctx->arena, nested, strlen(nested))));
    assert_int_equal(jwt_verify(ctx, token, &key, 1, NOW_S, &got), ERR_UNAUTHENTICATED);
    assert_string_equal(ctx->err_text, "access token: its header is not base64url, or too long");
}

TEST(a_key_survives_its_jwk_and_its_private_form)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    JwtClaims claims = claims_now(), got;
    Str kid, x, y;
    jwt_key_to_jwk(ctx->arena, key, &kid, &x, &y);
    JwtKey *public_key = jwt_key_from_jwk(kid, x, y);
    JwtKey *private_key = jwt_key_from_private_der(kid, jwt_key_private_der(ctx->arena, key));
    assert_non_null(public_key);
    assert_non_null(private_key);
    assert_int_equal(jwt_verify(ctx, jwt_sign(ctx->arena, private_key, &claims), &public_key, 1, NOW_S, &got), OK);
    jwt_key_unref(public_key);
    jwt_key_unref(private_key);
}

/* The point of RFC 7515 appendix A.3, and neighbours of it. */
#define RFC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
static const struct {
    const char *label, *kid, *x, *y;
    bool want;
} jwks[] = {
    { "a point of the curve", "k", RFC_X, RFC_Y, true },
    { "x and y swapped", "k", RFC_Y, RFC_X, false },
    { "zeroes", "k", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      false },
    { "31 bytes", "k", "g83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA", RFC_Y, false },
    { "33 bytes", "k", RFC_X "A", RFC_Y, false },
    { "padding", "k", RFC_X "=", RFC_Y, false },
    { "no kid", "", RFC_X, RFC_Y, false },
    { "kid with a quote", "a\"b", RFC_X, RFC_Y, false },
    { "kid of 65 bytes", "0123456789012345678901234567890123456789012345678901234567890123x", RFC_X, RFC_Y, false },
};

TEST_EACH(a_jwk_must_be_a_point_of_p256, jwks, c)
{
    JwtKey *got = jwt_key_from_jwk(str_of(c->kid), str_of(c->x), str_of(c->y));
    CHECK((got != NULL) == c->want, c->label);
    jwt_key_unref(got);
}

TEST(a_private_key_of_another_kind_or_with_a_tail_is_refused)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    unsigned char *der = NULL;
    EVP_PKEY *foreign = EVP_EC_gen("P-384");
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(foreign);
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_null(jwt_key_from_private_der(STR("k"), (Str){ (const char *)der, (size_t)len }));
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(foreign);
    OPENSSL_free(der);

    Str own = jwt_key_private_der(ctx->arena, key);
    Str longer = str_fmt(ctx->arena, "%*s", (int)own.len + 1, "");
    memcpy((char *)longer.ptr, own.ptr, own.len);
    assert_null(jwt_key_from_private_der(STR("k"), longer));
    assert_null(jwt_key_from_private_der(STR("k"), (Str){ own.ptr, own.len - 1 }));
    assert_null(jwt_key_from_private_der(STR("k"), STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_is_verified_and_comes_back_whole),
        cmocka_unit_test(only_es256_by_a_key_of_ours_with_a_plain_header_passes),
        cmocka_unit_test(claims_are_ours_complete_and_in_time),
        cmocka_unit_test(a_token_with_any_character_changed_or_cut_is_refused),
        cmocka_unit_test(a_signature_has_one_text_only),
        cmocka_unit_test(a_token_with_something_around_it_is_refused),
        cmocka_unit_test(only_the_key_that_the_kid_names_is_tried),
        cmocka_unit_test(a_token_over_the_limit_is_refused_unread),
        cmocka_unit_test(a_deeply_nested_header_is_refused_before_it_is_parsed),
        cmocka_unit_test(a_key_survives_its_jwk_and_its_private_form),
        cmocka_unit_test(a_jwk_must_be_a_point_of_p256),
        cmocka_unit_test(a_private_key_of_another_kind_or_with_a_tail_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
