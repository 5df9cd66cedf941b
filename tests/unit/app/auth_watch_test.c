/* AuthWatch with an auth that answers when the test says so. */
#include "app/auth_watch.h"

#include <sched.h>
#include <sodium.h>

#include "adapters/memory/pubsub.h"
#include "api_types.h"
#include "runtime/clock.h"
#include "runtime/thread.h"
#include "support/test.h"

enum { CALLERS = 20 };

typedef struct FakeAuth {
    RpcClient base;
    JwtKey *key; /* fixed: the one that it names */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* lock */
    bool hangs, is_away;
    int n_inside, n_asked_for_calls, n_ended;
} FakeAuth;

static void name_key(const FakeAuth *auth, Ctx *ctx, GetJwksResponse *response)
{
    Str kid, x, y;
    JsonWebKey *jwk = arena_new_of(ctx->arena, JsonWebKey);
    json_web_key__init(jwk);
    jwt_key_to_jwk(ctx->arena, auth->key, &kid, &x, &y);
    jwk->kid = str_cstr(ctx->arena, kid);
    jwk->x = str_cstr(ctx->arena, x);
    jwk->y = str_cstr(ctx->arena, y);
    response->keys = arena_new_array(ctx->arena, JsonWebKey *, 1);
    response->keys[response->n_keys++] = jwk;
}

/* Of the revoked sessions it knows none. */
static Err auth_call(RpcClient *client, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                     ProtobufCMessage *response)
{
    FakeAuth *auth = (FakeAuth *)client;
    pthread_mutex_lock(&auth->lock);
    auth->n_inside++;
    if (strcmp(ctx->method, "test") == 0) auth->n_asked_for_calls++;
    pthread_cond_broadcast(&auth->changed);
    while (auth->hangs) pthread_cond_wait(&auth->changed, &auth->lock);
    auth->n_inside--;
    bool is_away = auth->is_away;
    pthread_mutex_unlock(&auth->lock);
    if (is_away) return ctx_fail(ctx, ERR_UNAVAILABLE, "away");
    if (response->descriptor == &get_jwks_response__descriptor) name_key(auth, ctx, (GetJwksResponse *)response);
    return OK;
}

static void auth_set(FakeAuth *auth, bool hangs, bool is_away)
{
    pthread_mutex_lock(&auth->lock);
    auth->hangs = hangs;
    auth->is_away = is_away;
    pthread_cond_broadcast(&auth->changed);
    pthread_mutex_unlock(&auth->lock);
}

static void auth_await(FakeAuth *auth, const int *count, int least)
{
    pthread_mutex_lock(&auth->lock);
    while (*count < least) pthread_cond_wait(&auth->changed, &auth->lock);
    pthread_mutex_unlock(&auth->lock);
}

static const RpcClientOps auth_ops = { .driver = "test", .call = auth_call };

typedef struct Caller {
    pthread_t thread;
    FakeAuth *auth;
    Identity *identity;
    Str token;
    Err err;
} Caller;

static Err verify(Identity *identity, Str token)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Actor actor;
    int64_t expires_ms;
    ctx->now_ms = clock_now_ms();
    return identity_verify(identity, ctx, token, &actor, &expires_ms);
}

static void caller_main(void *arg)
{
    Caller *caller = arg;
    caller->err = verify(caller->identity, caller->token);
    pthread_mutex_lock(&caller->auth->lock);
    caller->auth->n_ended++;
    pthread_cond_broadcast(&caller->auth->changed);
    pthread_mutex_unlock(&caller->auth->lock);
}

static Str token_by(Arena *arena, const JwtKey *key)
{
    int64_t now_s = clock_now_ms() / 1000;
    JwtClaims claims = { .user = { { 1 } }, .session = { { 2 } }, .issued_at_s = now_s, .expires_at_s = now_s + 600 };
    return jwt_sign(arena, key, &claims);
}

/* All end while auth hangs but those who may wait, and these when it has said no. */
static void crowd(FakeAuth *auth, Identity *identity, Str token)
{
    Caller callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (Caller){ .auth = auth, .identity = identity, .token = token };
        callers[i].thread = thread_start("caller", THREAD_WORKER, caller_main, &callers[i]);
    }
    auth_await(auth, &auth->n_ended, CALLERS - AUTH_WATCH_WAITING_MAX);
    auth_set(auth, false, true);
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].err, ERR_UNAVAILABLE);
    }
}

TEST(while_auth_hangs_few_calls_wait_for_the_key_of_a_token)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    FakeAuth auth = {
        { &auth_ops }, jwt_key_generate(), PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, .hangs = true
    };
    JwtKey *other_key = jwt_key_generate();
    Identity *identity = identity_new();
    Pubsub *pubsub = memory_pubsub_new();
    AuthWatch *watch =
        auth_watch_start(&(AuthWatchConfig){ .identity = identity, .pubsub = pubsub, .auth = &auth.base });
    Str token = token_by(arena, auth.key);

    auth_await(&auth, &auth.n_inside, 1);
    crowd(&auth, identity, token);
    assert_int_equal(auth.n_asked_for_calls, 0); /* who waited for the thread's look knows what came of it */
    auth_set(&auth, false, false);
    while (!auth_watch_has_keys(watch)) sched_yield();
    assert_int_equal(verify(identity, token), OK);
    assert_int_equal(verify(identity, token_by(arena, other_key)), ERR_UNAUTHENTICATED);

    auth_watch_free(watch);
    pubsub_free(pubsub);
    identity_free(identity);
    jwt_key_unref(other_key);
    jwt_key_unref(auth.key);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = { cmocka_unit_test(while_auth_hangs_few_calls_wait_for_the_key_of_a_token) };
    return cmocka_run_group_tests_name("app/auth_watch", tests, NULL, NULL);
}
