#include <string.h>

#include "world.h"

#define DAY_MS    (INT64_C(24) * 3600 * 1000)
#define MINUTE_MS INT64_C(60000)

/* The kids of the JWKS now, in the arena of the world. */
typedef struct Kids {
    const char *kid[8];
    size_t count;
} Kids;

static Kids kids_of(World *world)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    GetJwksRequest request = GET_JWKS_REQUEST__INIT;
    GetJwksResponse response = GET_JWKS_RESPONSE__INIT;
    assert_int_equal(auth_get_jwks(world->auth, ctx, &request, &response), OK);
    Kids kids = { .count = response.n_keys };
    assert_in_range(kids.count, 1, 8);
    for (size_t i = 0; i < kids.count; i++) kids.kid[i] = str_cstr(world->ctx->arena, str_of(response.keys[i]->kid));
    return kids;
}

/* Whether a verifier that knows only the JWKS takes the token. */
static Err foreign_check(World *world, const Person *person)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    GetJwksRequest request = GET_JWKS_REQUEST__INIT;
    GetJwksResponse response = GET_JWKS_RESPONSE__INIT;
    assert_int_equal(auth_get_jwks(world->auth, ctx, &request, &response), OK);
    JwtKey *keys[8];
    for (size_t i = 0; i < response.n_keys; i++) {
        const JsonWebKey *jwk = response.keys[i];
        assert_string_equal(jwk->kty, "EC");
        assert_string_equal(jwk->crv, "P-256");
        assert_string_equal(jwk->alg, "ES256");
        assert_string_equal(jwk->use, "sig");
        keys[i] = jwt_key_from_jwk(str_of(jwk->kid), str_of(jwk->x), str_of(jwk->y));
        assert_non_null(keys[i]);
    }
    JwtClaims claims;
    Err err = jwt_verify(ctx, str_of(person->access), keys, response.n_keys, world->now_ms / 1000, &claims);
    for (size_t i = 0; i < response.n_keys; i++) jwt_key_unref(keys[i]);
    return err;
}

TEST(a_token_is_verified_by_the_published_keys_alone)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    assert_int_equal(foreign_check(world, &alice), OK);
}

TEST(the_key_outlives_a_restart)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    Kids before = kids_of(world);
    world_restart(world);
    Kids after = kids_of(world);
    assert_int_equal(after.count, 1);
    assert_string_equal(after.kid[0], before.kid[0]);
    assert_int_equal(token_check(world, &alice), OK);
}

TEST(after_thirty_days_a_new_key_is_published_then_signs_then_stands_alone)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    Person alice = registered(world, "alice");
    const char *old = kids_of(world).kid[0];

    world->now_ms += 29 * DAY_MS;
    assert_int_equal(kids_of(world).count, 1);

    /* Published, not yet signing. */
    world->now_ms += DAY_MS;
    assert_int_equal(try_refresh(world, alice.refresh, &alice), OK);
    Kids kids = kids_of(world);
    assert_int_equal(kids.count, 2);
    assert_string_equal(kids.kid[0], old);
    assert_int_equal(foreign_check(world, &alice), OK);
    const char *fresh = kids.kid[1];

    /* Signing; the last tokens of the old one live on. */
    Person last_of_old;
    world->now_ms += 10 * MINUTE_MS - 1000;
    assert_int_equal(try_refresh(world, alice.refresh, &last_of_old), OK);
    world->now_ms += 1000;
    Person first_of_new;
    assert_int_equal(try_refresh(world, last_of_old.refresh, &first_of_new), OK);
    kids = kids_of(world);
    assert_int_equal(kids.count, 2);
    assert_string_equal(kids.kid[0], fresh);
    world->now_ms += 9 * MINUTE_MS;
    assert_int_equal(foreign_check(world, &last_of_old), OK);
    assert_int_equal(token_check(world, &last_of_old), OK);
    assert_int_equal(token_check(world, &first_of_new), OK);

    /* Alone. */
    world->now_ms += 5 * MINUTE_MS;
    kids = kids_of(world);
    assert_int_equal(kids.count, 1);
    assert_string_equal(kids.kid[0], fresh);
}

TEST(a_key_that_should_have_been_replaced_while_the_server_was_off_is_replaced_at_start)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    registered(world, "alice");
    world->now_ms += 100 * DAY_MS;
    world_restart(world);
    Kids kids = kids_of(world);
    assert_int_equal(kids.count, 2);
    Person alice = signed_in(world, "alice");
    assert_int_equal(foreign_check(world, &alice), OK);
}

TEST(two_services_over_one_database_agree_on_the_keys)
{
    _cleanup_(world_freep) World *world = world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(world, NULL);
    Identity *identity = identity_new();
    AuthService *second = NULL;
    assert_int_equal(auth_open(ctx, world->db, world->outbox, world->cache, identity, &world->config, &second), OK);
    Person alice = registered(world, "alice");
    Actor actor;
    int64_t expires_ms;
    assert_int_equal(identity_verify(identity, ctx, str_of(alice.access), &actor, &expires_ms), OK);

    /* The first one rotates; the second has read the new key before it signs. */
    world->now_ms += 30 * DAY_MS;
    assert_int_equal(kids_of(world).count, 2);
    world->now_ms += 10 * MINUTE_MS;
    assert_int_equal(try_refresh(world, alice.refresh, &alice), OK);
    ctx->now_ms = world->now_ms;
    GetJwksRequest request = GET_JWKS_REQUEST__INIT;
    GetJwksResponse response = GET_JWKS_RESPONSE__INIT;
    assert_int_equal(auth_get_jwks(second, ctx, &request, &response), OK);
    assert_int_equal(response.n_keys, 2);
    assert_int_equal(identity_verify(identity, ctx, str_of(alice.access), &actor, &expires_ms), OK);
    auth_close(second);
    identity_free(identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_verified_by_the_published_keys_alone),
        cmocka_unit_test(the_key_outlives_a_restart),
        cmocka_unit_test(after_thirty_days_a_new_key_is_published_then_signs_then_stands_alone),
        cmocka_unit_test(a_key_that_should_have_been_replaced_while_the_server_was_off_is_replaced_at_start),
        cmocka_unit_test(two_services_over_one_database_agree_on_the_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
