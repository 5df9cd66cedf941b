#include "rpc/identity.h"

#include <pthread.h>

#include "runtime/clock.h"
#include "support/test.h"

#define TTL_MS 600000

typedef struct Scene {
    Identity *identity;
    JwtKey *key;
    Ctx *ctx;
    Id user, session;
} Scene;

static Scene scene_new(void)
{
    Scene scene = { identity_new(), jwt_key_generate(), test_ctx_new(), { { 1 } }, { { 2 } } };
    scene.ctx->now_ms = clock_now_ms();
    identity_set_keys(scene.identity, &scene.key, 1);
    return scene;
}

static void scene_done(Scene *scene)
{
    identity_free(scene->identity);
    jwt_key_unref(scene->key);
    ctx_free(scene->ctx);
}

static Str token_for(Scene *scene, Id session)
{
    int64_t now_s = scene->ctx->now_ms / 1000;
    JwtClaims claims = { scene->user, session, true, now_s, now_s + TTL_MS / 1000 };
    return jwt_sign(scene->ctx->arena, scene->key, &claims);
}

static Err verify(Scene *scene, Str token)
{
    Actor actor;
    int64_t expires_ms;
    return identity_verify(scene->identity, scene->ctx, token, &actor, &expires_ms);
}

TEST(a_token_speaks_for_its_user_the_first_time_and_later)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    Str token = token_for(&scene, scene.session);
    for (int i = 0; i < 3; i++) {
        Actor actor = { 0 };
        int64_t expires_ms = 0;
        assert_int_equal(identity_verify(scene.identity, scene.ctx, token, &actor, &expires_ms), OK);
        assert_int_equal(actor.kind, ACTOR_USER);
        assert_true(actor.admin);
        assert_true(id_eq(actor.user, scene.user));
        assert_true(id_eq(actor.session, scene.session));
        assert_int_equal(expires_ms, scene.ctx->now_ms / 1000 * 1000 + TTL_MS);
    }
}

TEST(a_remembered_token_ends_when_it_says)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    Str token = token_for(&scene, scene.session);
    assert_int_equal(verify(&scene, token), OK);
    scene.ctx->now_ms += TTL_MS;
    assert_int_equal(verify(&scene, token), ERR_UNAUTHENTICATED);
}

TEST(a_token_is_recalled_once_it_was_verified_and_as_long_as_it_holds)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    Str token = token_for(&scene, scene.session);
    int64_t now_ms = scene.ctx->now_ms;
    Actor actor = { 0 };
    assert_false(identity_recall(scene.identity, token, now_ms, &actor));
    assert_int_equal(verify(&scene, token), OK);
    assert_true(identity_recall(scene.identity, token, now_ms, &actor));
    assert_true(id_eq(actor.user, scene.user));
    assert_false(identity_recall(scene.identity, token, now_ms + TTL_MS, &actor));
    assert_false(identity_recall(scene.identity, STR(""), now_ms, &actor));
    assert_false(identity_recall(scene.identity, STR("nonsense"), now_ms, &actor));
    identity_revoke(scene.identity, scene.session, now_ms + TTL_MS);
    assert_false(identity_recall(scene.identity, token, now_ms, &actor));
}

/* A process that does not host auth: fetch() stands for the call. */
typedef struct Fetch {
    Scene *scene;
    int calls;
    Err err;
} Fetch;

static Err fetch(void *arg, Ctx *ctx)
{
    Fetch *self = arg;
    self->calls++;
    if (!self->err) identity_set_keys(self->scene->identity, &self->scene->key, 1);
    return self->err ? ctx_fail(ctx, self->err, "auth is away") : OK;
}

TEST(an_unknown_key_is_asked_for_before_a_token_is_refused)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    Str token = token_for(&scene, scene.session);
    Fetch source = { &scene, 0, ERR_UNAVAILABLE };
    identity_set_keys(scene.identity, NULL, 0);
    assert_int_equal(verify(&scene, token), ERR_UNAUTHENTICATED); /* nobody to ask */
    identity_on_unknown_key(scene.identity, fetch, &source);
    assert_int_equal(verify(&scene, token), ERR_UNAVAILABLE); /* its user must not be signed out for that */
    source.err = OK;
    assert_int_equal(verify(&scene, token), OK);
    assert_int_equal(verify(&scene, token), OK);
    assert_int_equal(source.calls, 2);
    assert_int_equal(verify(&scene, STR("e30.e30.e30")), ERR_UNAUTHENTICATED); /* no key is named: nothing to ask */
    assert_int_equal(source.calls, 2);
}

TEST(a_revoked_session_is_refused_at_once_however_often_it_was_let_in)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    Id other = { { 3 } };
    Str token = token_for(&scene, scene.session), others = token_for(&scene, other);
    assert_int_equal(verify(&scene, token), OK);
    assert_int_equal(verify(&scene, others), OK);

    identity_revoke(scene.identity, scene.session, scene.ctx->now_ms + TTL_MS);
    assert_true(identity_is_revoked(scene.identity, scene.session));
    assert_int_equal(verify(&scene, token), ERR_UNAUTHENTICATED);
    assert_string_equal(scene.ctx->err_text, "access token: its session was ended");
    assert_int_equal(verify(&scene, token_for(&scene, scene.session)), ERR_UNAUTHENTICATED);
    assert_int_equal(verify(&scene, others), OK);
}

TEST(a_token_of_a_key_that_was_dropped_is_refused_though_remembered)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    Str token = token_for(&scene, scene.session);
    assert_int_equal(verify(&scene, token), OK);

    JwtKey *next = jwt_key_generate();
    JwtKey *both[] = { next, scene.key };
    identity_set_keys(scene.identity, both, 2);
    assert_int_equal(verify(&scene, token), OK);
    identity_set_keys(scene.identity, &next, 1);
    assert_int_equal(verify(&scene, token), ERR_UNAUTHENTICATED);
    identity_set_keys(scene.identity, both, 2);
    assert_int_equal(verify(&scene, token), OK);
    jwt_key_unref(next);
}

static const struct {
    const char *label, *token;
} strangers[] = { { "nothing", "" }, { "a word", "token" }, { "dots", "..." } };

TEST_EACH(what_is_no_token_is_refused, strangers, c)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    CHECK_ERR(verify(&scene, str_of(c->token)), ERR_UNAUTHENTICATED, c->label);
}

TEST(a_token_over_the_limit_is_refused)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    char *text = arena_alloc(scene.ctx->arena, 1 << 20);
    memset(text, 'a', (1 << 20) - 1);
    assert_int_equal(verify(&scene, str_of(text)), ERR_UNAUTHENTICATED);
    assert_string_equal(scene.ctx->err_text, "access token: it is too long");
}

TEST(revocations_are_forgotten_some_time_after_the_last_token_ended)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    int64_t now_ms = clock_now_ms();
    /* Of one shard, so that it fills: the last byte chooses it. */
    for (uint8_t i = 1; i <= 64; i++) identity_revoke(scene.identity, (Id){ { i } }, now_ms + 1000);
    assert_true(identity_is_revoked(scene.identity, (Id){ { 1 } }));

    clock_shift_ms(3600000);
    identity_revoke(scene.identity, (Id){ { 99 } }, clock_now_ms() + TTL_MS);
    clock_shift_ms(-3600000);
    assert_false(identity_is_revoked(scene.identity, (Id){ { 1 } }));
    assert_true(identity_is_revoked(scene.identity, (Id){ { 99 } }));
}

TEST(revocations_that_still_matter_are_never_pushed_out)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    int64_t until_ms = clock_now_ms() + TTL_MS;
    for (int i = 0; i < 5000; i++)
        identity_revoke(scene.identity, (Id){ { (uint8_t)(i >> 8), (uint8_t)i, 1 } }, until_ms);
    for (int i = 0; i < 5000; i++)
        assert_true(identity_is_revoked(scene.identity, (Id){ { (uint8_t)(i >> 8), (uint8_t)i, 1 } }));
}

typedef struct Racer {
    Scene *scene;
    Str token;
    int n_refused_then_let_in;
} Racer;

static void *race(void *arg)
{
    Racer *racer = arg;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    ctx->now_ms = racer->scene->ctx->now_ms;
    bool refused = false;
    for (int i = 0; i < 3000; i++) {
        Actor actor;
        int64_t expires_ms;
        Err err = identity_verify(racer->scene->identity, ctx, racer->token, &actor, &expires_ms);
        if (err)
            refused = true;
        else if (refused)
            racer->n_refused_then_let_in++;
    }
    return NULL;
}

TEST(threads_that_verify_while_keys_and_revocations_change_see_a_revocation_for_good)
{
    _cleanup_(scene_done) Scene scene = scene_new();
    pthread_t threads[3];
    Racer racers[3];
    Str token = token_for(&scene, scene.session);
    for (int i = 0; i < 3; i++) {
        racers[i] = (Racer){ &scene, token, 0 };
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (int i = 0; i < 200; i++) {
        identity_set_keys(scene.identity, &scene.key, 1);
        if (i == 100) identity_revoke(scene.identity, scene.session, scene.ctx->now_ms + TTL_MS);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(racers[i].n_refused_then_let_in, 0);
    }
    assert_int_equal(verify(&scene, token), ERR_UNAUTHENTICATED);
}

static const struct {
    const char *label, *authorization, *token;
} authorizations[] = {
    { "as clients send it", "Bearer abc.def", "abc.def" },
    { "the scheme in any case", "bEARER t", "t" },
    { "more room than needed", "  Bearer   t ", "t" },
    { "another scheme", "Basic dDp0", "" },
    { "a scheme that begins alike", "Bearers t", "" },
    { "a token alone", "abc.def", "" },
    { "a scheme alone", "Bearer", "" },
    { "nothing", "", "" },
};

TEST_EACH(a_bearer_token_is_taken_out_of_its_header, authorizations, c)
{
    CHECK_STR(identity_bearer_token(str_of(c->authorization)), str_of(c->token), c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bearer_token_is_taken_out_of_its_header),
        cmocka_unit_test(a_token_speaks_for_its_user_the_first_time_and_later),
        cmocka_unit_test(a_remembered_token_ends_when_it_says),
        cmocka_unit_test(a_token_is_recalled_once_it_was_verified_and_as_long_as_it_holds),
        cmocka_unit_test(an_unknown_key_is_asked_for_before_a_token_is_refused),
        cmocka_unit_test(a_revoked_session_is_refused_at_once_however_often_it_was_let_in),
        cmocka_unit_test(a_token_of_a_key_that_was_dropped_is_refused_though_remembered),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(a_token_over_the_limit_is_refused),
        cmocka_unit_test(revocations_are_forgotten_some_time_after_the_last_token_ended),
        cmocka_unit_test(revocations_that_still_matter_are_never_pushed_out),
        cmocka_unit_test(threads_that_verify_while_keys_and_revocations_change_see_a_revocation_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
