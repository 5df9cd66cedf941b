#include "rpc/service_token.h"

#include <sodium.h>
#include <stdio.h>

#include "support/test.h"

#define NOW_S INT64_C(1750000000)

#define ALICE \
    {         \
        {     \
            1 \
        }     \
    }
#define SESSION \
    {           \
        {       \
            2   \
        }       \
    }
#define NONE  \
    {         \
        {     \
            0 \
        }     \
    }
static const Id alice = ALICE, session = SESSION;
static ServiceKey *key, *other_key;

static Str sign(Arena *arena, const Actor *actor)
{
    return service_token_sign(arena, key, STR("auth,group"), STR("message"), actor, NOW_S);
}

static const struct {
    const char *label;
    Actor actor, want;
} actors[] = {
    { "nobody", { ACTOR_NONE, false, NONE, NONE }, { ACTOR_SERVICE, false, NONE, NONE } },
    { "a user", { ACTOR_USER, false, ALICE, SESSION }, { ACTOR_SERVICE, false, ALICE, SESSION } },
    { "an admin", { ACTOR_USER, true, ALICE, SESSION }, { ACTOR_SERVICE, true, ALICE, SESSION } },
    { "a service for a user", { ACTOR_SERVICE, false, ALICE, NONE }, { ACTOR_SERVICE, false, ALICE, NONE } },
    { "admin of nobody", { ACTOR_SERVICE, true, NONE, SESSION }, { ACTOR_SERVICE, false, NONE, NONE } },
    { "nobody, with a user left over", { ACTOR_NONE, true, ALICE, SESSION }, { ACTOR_SERVICE, false, NONE, NONE } },
};

TEST_EACH(a_token_carries_whom_the_call_is_for, actors, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Actor got;
    Str token = sign(ctx->arena, &c->actor);
    CHECK(token.len <= SERVICE_TOKEN_MAX, c->label);
    CHECK_ERR(service_token_verify(ctx, key, token, STR("message"), NOW_S, &got), OK, c->label);
    CHECK(got.kind == c->want.kind && got.admin == c->want.admin, c->label);
    CHECK(id_eq(got.user, c->want.user) && id_eq(got.session, c->want.session), c->label);
}

static const struct {
    const char *label;
    Str audience;
    int64_t now_s;
    Err want;
    const char *why;
} times[] = {
    { "at once", STR("message"), NOW_S, OK, NULL },
    { "another service", STR("group"), NOW_S, ERR_UNAUTHENTICATED, "another service" },
    { "a part of the name", STR("mess"), NOW_S, ERR_UNAUTHENTICATED, "another service" },
    { "a clock that is behind", STR("message"), NOW_S - SERVICE_TOKEN_SKEW_S, OK, NULL },
    { "a clock that is too far behind", STR("message"), NOW_S - SERVICE_TOKEN_SKEW_S - 1, ERR_UNAUTHENTICATED,
      "future" },
    { "the last second", STR("message"), NOW_S + SERVICE_TOKEN_LIFE_S + SERVICE_TOKEN_SKEW_S - 1, OK, NULL },
    { "expired", STR("message"), NOW_S + SERVICE_TOKEN_LIFE_S + SERVICE_TOKEN_SKEW_S, ERR_UNAUTHENTICATED, "expired" },
};

TEST_EACH(a_token_is_for_one_service_and_one_minute, times, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Actor user = { ACTOR_USER, false, alice, session }, got;
    CHECK_ERR(service_token_verify(ctx, key, sign(ctx->arena, &user), c->audience, c->now_s, &got), c->want, c->label);
    if (c->why) CHECK(strstr(ctx->err_text, c->why), c->label);
}

TEST(no_changed_byte_is_taken)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Actor user = { ACTOR_USER, false, alice, session }, got;
    Str token = sign(ctx->arena, &user);
    for (size_t i = 0; i < token.len; i++) {
        char *copy = str_cstr(ctx->arena, token);
        copy[i] ^= 1;
        assert_int_equal(service_token_verify(ctx, key, (Str){ copy, token.len }, STR("message"), NOW_S, &got),
                         ERR_UNAUTHENTICATED);
        Str shorter = { token.ptr, i };
        assert_int_equal(service_token_verify(ctx, key, shorter, STR("message"), NOW_S, &got), ERR_UNAUTHENTICATED);
    }
    Str longer = str_fmt(ctx->arena, "%.*sA", STR_ARG(token));
    assert_int_equal(service_token_verify(ctx, key, longer, STR("message"), NOW_S, &got), ERR_UNAUTHENTICATED);
    assert_int_equal(service_token_verify(ctx, other_key, token, STR("message"), NOW_S, &got), ERR_UNAUTHENTICATED);
    assert_non_null(strstr(ctx->err_text, "not signed with our key"));
}

#define U "01000000-0000-0000-0000-000000000000"
/* Signed with the key, and still not of the form. */
static const struct {
    const char *label, *text;
} forms[] = {
    { "another version", "m2.auth.message.1750000000.1750000060.user." U "." U },
    { "a day of life", "m1.auth.message.1750000000.1750086400.user." U "." U },
    { "ends before it begins", "m1.auth.message.1750000020.1750000010.user." U "." U },
    { "a sign before the time", "m1.auth.message.+1750000000.1750000060.user." U "." U },
    { "no times", "m1.auth.message...user." U "." U },
    { "a role that does not exist", "m1.auth.message.1750000000.1750000060.owner." U "." U },
    { "a user without an id", "m1.auth.message.1750000000.1750000060.user.-.-" },
    { "an admin without an id", "m1.auth.message.1750000000.1750000060.admin.-.-" },
    { "a service with a user", "m1.auth.message.1750000000.1750000060.service." U ".-" },
    { "an id that is none", "m1.auth.message.1750000000.1750000060.user.alice.-" },
    { "a part too many", "m1.auth.message.1750000000.1750000060.user." U "." U ".-" },
    { "a part too few", "m1.auth.message.1750000000.1750000060.service.-" },
    { "nothing", "" },
};

/* HMAC as service_token.c makes it, written down a second time. */
static Str sign_text(Arena *arena, Str secret, Str text)
{
    uint8_t derived[32], mac[32];
    char mac_text[64];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret.ptr, secret.len);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)"molva service token 1", 21);
    crypto_auth_hmacsha256_final(&state, derived);
    crypto_auth_hmacsha256(mac, (const uint8_t *)text.ptr, text.len, derived);
    sodium_bin2base64(mac_text, sizeof mac_text, mac, sizeof mac, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_fmt(arena, "%.*s.%s", STR_ARG(text), mac_text);
}

#define SECRET STR("a secret of 32 bytes, and a few more of them")

TEST_EACH(what_is_signed_but_of_another_form_is_refused, forms, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Actor got;
    Str token = sign_text(ctx->arena, SECRET, str_of(c->text));
    CHECK_ERR(service_token_verify(ctx, key, token, STR("message"), NOW_S, &got), ERR_UNAUTHENTICATED, c->label);
    CHECK(!strstr(ctx->err_text, "not signed"), c->label);
}

TEST(a_token_is_what_the_documented_form_says)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Actor user = { ACTOR_USER, true, alice, ID_NONE };
    Str want = sign_text(ctx->arena, SECRET, STR("m1.auth,group.message.1750000000.1750000060.admin." U ".-"));
    CHECK_STR(sign(ctx->arena, &user), want, "token");
}

TEST(a_short_secret_makes_no_key)
{
    char secret[SERVICE_KEY_MIN] = { 1 };
    assert_null(service_key_new((Str){ secret, sizeof secret - 1 }));
    ServiceKey *enough = service_key_new((Str){ secret, sizeof secret });
    assert_non_null(enough);
    service_key_free(enough);
    service_key_free(NULL);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    key = service_key_new(SECRET);
    other_key = service_key_new(STR("another secret of 32 bytes, and a few more"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_carries_whom_the_call_is_for),
        cmocka_unit_test(a_token_is_for_one_service_and_one_minute),
        cmocka_unit_test(no_changed_byte_is_taken),
        cmocka_unit_test(what_is_signed_but_of_another_form_is_refused),
        cmocka_unit_test(a_token_is_what_the_documented_form_says),
        cmocka_unit_test(a_short_secret_makes_no_key),
    };
    int failed = cmocka_run_group_tests_name("rpc/service_token", tests, NULL, NULL);
    service_key_free(key);
    service_key_free(other_key);
    return failed;
}
