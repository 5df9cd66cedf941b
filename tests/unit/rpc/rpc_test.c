#include "rpc/rpc.h"

#include <sodium.h>
#include <stdlib.h>

#include "api_types.h"
#include "base/limits.h"
#include "rpc/identity.h"
#include "rpc/rate_limit.h"
#include "rpc/service_token.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"
#include "support/test.h"

/* A service of the test's own, spoken to with types of the contract. */
static Err handle_echo(void *service, Ctx *ctx, const void *request, void *response)
{
    const MarkReadRequest *req = request;
    MarkReadResponse *out = response;
    if (req->seq == 404) return ctx_fail(ctx, ERR_NOT_FOUND, "no such thing");
    if (req->seq == 500) return ctx_fail(ctx, ERR_INTERNAL, "secret detail");
    out->read_seq = req->seq;
    out->unread = ctx->actor.kind == ACTOR_SERVICE ? 1 : 0;
    return OK;
}

#define METHOD(name_, access_, index_)                                                              \
    {                                                                                               \
        .name = "test." name_, .full_path = "/molva.test.v1.TestService/" name_, .access = access_, \
        .rate = RPC_RATE_CREDENTIAL, .input = &mark_read_request__descriptor,                       \
        .output = &mark_read_response__descriptor, .handler = handle_echo, .index = index_          \
    }
static const RpcMethod methods[] = {
    METHOD("Public", RPC_PUBLIC, 0),
    METHOD("User", RPC_USER, 1),
    METHOD("Admin", RPC_ADMIN, 2),
    METHOD("Service", RPC_SERVICE, 3),
};
static const RpcService test_rpc = { .name = "test", .methods = methods, .n_methods = ARRAY_LEN(methods) };

typedef struct World {
    WorkerPool *workers;
    Identity *identity;
    Rpc *rpc;
    Loop *loop;
    JwtKey *key;
    ServiceKey *service_key, *foreign_key;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    RpcCall *finished;
} World;

static World world;

static void world_open(RateLimit *limit)
{
    world = (World){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    world.workers = worker_pool_new("w", 4, 64);
    world.identity = identity_new();
    world.key = jwt_key_generate();
    identity_set_keys(world.identity, &world.key, 1);
    world.rpc = rpc_new(world.workers, world.identity, limit);
    rpc_register(world.rpc, &test_rpc, &world);
    world.service_key = service_key_new(STR("the secret of this installation, long enough"));
    world.foreign_key = service_key_new(STR("the secret of another installation, as long"));
    rpc_set_service_key(world.rpc, world.service_key);
    world.loop = loop_start(0);
}

static void world_close(void)
{
    worker_pool_free(world.workers);
    loop_stop(world.loop);
    rpc_free(world.rpc);
    identity_free(world.identity);
    jwt_key_unref(world.key);
    service_key_free(world.service_key);
    service_key_free(world.foreign_key);
}

static void on_done(RpcCall *call)
{
    assert_ptr_equal(loop_current(), world.loop);
    pthread_mutex_lock(&world.lock);
    world.finished = call;
    pthread_cond_signal(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static void start(Loop *loop, void *arg)
{
    RpcCall *call = arg;
    call->loop = loop;
    call->done = on_done;
    rpc_start(call);
}

/* Runs the call to its end; the caller frees it. */
static RpcCall *run(RpcCall *call)
{
    world.finished = NULL;
    loop_post(world.loop, start, call);
    pthread_mutex_lock(&world.lock);
    while (!world.finished) pthread_cond_wait(&world.changed, &world.lock);
    pthread_mutex_unlock(&world.lock);
    return world.finished;
}

static const Id alice = { { 1 } }, session = { { 2 } };

static Str token_of(Arena *arena, bool admin, int64_t expires_in_s)
{
    int64_t now_s = clock_now_ms() / 1000;
    JwtClaims claims = { .user = alice,
                         .session = session,
                         .admin = admin,
                         .issued_at_s = now_s - 60,
                         .expires_at_s = now_s + expires_in_s };
    return jwt_sign(arena, world.key, &claims);
}

typedef enum Who { NOBODY, USER, ADMIN, EXPIRED } Who;

static RpcCall *call_as(Str method, Who who, Str body)
{
    const RpcMethod *found = rpc_find(world.rpc, method);
    assert_non_null(found);
    RpcCall *call = rpc_call_new(world.rpc, found);
    if (who != NOBODY) call->token = token_of(call->ctx->arena, who == ADMIN, who == EXPIRED ? -1 : 60);
    call->body = body;
    return run(call);
}

static const struct {
    const char *label;
    Str method;
    Who who;
    Err want;
} accesses[] = {
    { "public, nobody", STR("test.Public"), NOBODY, OK },
    { "public with an expired token", STR("test.Public"), EXPIRED, OK },
    { "user, nobody", STR("test.User"), NOBODY, ERR_UNAUTHENTICATED },
    { "user, user", STR("test.User"), USER, OK },
    { "user, admin", STR("test.User"), ADMIN, OK },
    { "user, expired", STR("test.User"), EXPIRED, ERR_UNAUTHENTICATED },
    { "admin, nobody", STR("test.Admin"), NOBODY, ERR_UNAUTHENTICATED },
    { "admin, user", STR("test.Admin"), USER, ERR_FORBIDDEN },
    { "admin, admin", STR("test.Admin"), ADMIN, OK },
};

TEST(a_method_answers_those_of_its_access_level_only)
{
    world_open(NULL);
    for (size_t i = 0; i < ARRAY_LEN(accesses); i++) {
        RpcCall *call = call_as(accesses[i].method, accesses[i].who, STR("{\"seq\":7}"));
        CHECK_ERR(call->err, accesses[i].want, accesses[i].label);
        if (!call->err) CHECK_STR(call->result, STR("{\"read_seq\":7,\"unread\":0}"), accesses[i].label);
        rpc_call_free(call);
    }
    assert_null(rpc_find(world.rpc, STR("test.Service")));
    assert_null(rpc_find(world.rpc, STR("test.Nothing")));
    assert_int_equal(rpc_calls_running(world.rpc), 0);
    world_close();
}

static const struct {
    const char *label;
    Str body;
    Err want;
    const char *text;   /* must stand in the answer */
    const char *hidden; /* must not */
} bodies[] = {
    { "empty body", STR(""), OK, NULL, NULL },
    { "unknown field", STR("{\"sek\":7}"), ERR_INVALID, "sek", NULL },
    { "no JSON", STR("{"), ERR_INVALID, NULL, NULL },
    { "an array", STR("[]"), ERR_INVALID, NULL, NULL },
    { "an outcome is told", STR("{\"seq\":404}"), ERR_NOT_FOUND, "no such thing", NULL },
    { "a fault is not", STR("{\"seq\":500}"), ERR_INTERNAL, "fault of the server", "secret" },
};

TEST(bad_requests_are_told_why_and_faults_stay_inside)
{
    world_open(NULL);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        RpcCall *call = call_as(STR("test.Public"), NOBODY, bodies[i].body);
        CHECK_ERR(call->err, bodies[i].want, bodies[i].label);
        if (bodies[i].text) CHECK(strstr(call->error_text, bodies[i].text), bodies[i].label);
        if (bodies[i].hidden) CHECK(!strstr(call->error_text, bodies[i].hidden), bodies[i].label);
        rpc_call_free(call);
    }
    world_close();
}

TEST(a_revoked_session_is_refused_by_token_and_on_a_live_socket)
{
    world_open(NULL);
    identity_revoke(world.identity, session, clock_now_ms() + 600000);
    RpcCall *call = call_as(STR("test.User"), USER, STR("{}"));
    assert_int_equal(call->err, ERR_UNAUTHENTICATED);
    rpc_call_free(call);

    call = rpc_call_new(world.rpc, rpc_find(world.rpc, STR("test.User")));
    call->actor_known = true;
    call->ctx->actor = (Actor){ .kind = ACTOR_USER, .user = alice, .session = session };
    assert_int_equal(run(call)->err, ERR_UNAUTHENTICATED);
    rpc_call_free(call);
    world_close();
}

TEST(a_caller_over_its_rate_is_told_when_to_come_back)
{
    RateLimit *limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    world_open(limit);
    Err err = OK;
    uint32_t retry_after_ms = 0;
    for (int i = 0; i < 200 && !err; i++) {
        RpcCall *call = call_as(STR("test.Public"), NOBODY, STR("{}"));
        err = call->err;
        retry_after_ms = call->ctx->retry_after_ms;
        rpc_call_free(call);
    }
    assert_int_equal(err, ERR_RATE_LIMITED);
    assert_true(retry_after_ms > 0);
    world_close();
    rate_limit_free(limit);
}

TEST(a_local_client_calls_as_a_service_and_gives_the_actor_back)
{
    world_open(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    RpcClient *client = rpc_client_local(&test_rpc, &world);
    MarkReadRequest request = MARK_READ_REQUEST__INIT;
    MarkReadResponse response = MARK_READ_RESPONSE__INIT;
    request.seq = 3;
    ctx->actor.kind = ACTOR_USER;
    assert_int_equal(rpc_client_call(client, ctx, &methods[3], &request.base, &response.base), OK);
    assert_int_equal(response.read_seq, 3);
    assert_int_equal(response.unread, 1);
    assert_int_equal(ctx->actor.kind, ACTOR_USER);
    request.seq = 404;
    assert_int_equal(rpc_client_call(client, ctx, &methods[3], &request.base, &response.base), ERR_NOT_FOUND);
    assert_string_equal(ctx->err_text, "no such thing");
    rpc_client_free(client);
    world_close();
}

/* --- calls from other processes, in protobuf --- */

static void on_done_anywhere(RpcCall *call)
{
    pthread_mutex_lock(&world.lock);
    world.finished = call;
    pthread_cond_signal(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

/* As a transport without loops does it. */
static RpcCall *run_anywhere(RpcCall *call)
{
    world.finished = NULL;
    call->done = on_done_anywhere;
    rpc_start(call);
    pthread_mutex_lock(&world.lock);
    while (!world.finished) pthread_cond_wait(&world.changed, &world.lock);
    pthread_mutex_unlock(&world.lock);
    return world.finished;
}

static RpcCall *protobuf_call(const char *path, uint32_t seq)
{
    const RpcMethod *method = rpc_find_path(world.rpc, str_of(path));
    assert_non_null(method);
    RpcCall *call = rpc_call_new(world.rpc, method);
    MarkReadRequest request = MARK_READ_REQUEST__INIT;
    request.seq = seq;
    call->format = RPC_PROTOBUF;
    call->body = message_pack(call->ctx->arena, &request.base);
    return call;
}

typedef enum From {
    FROM_NOBODY,
    FROM_USER, /* bearer token */
    FROM_EXPIRED,
    FROM_SERVICE, /* for nobody */
    FOR_USER,     /* service token on behalf of alice */
    FOR_ADMIN,
    FOR_ANOTHER,  /* audience */
    FOR_LATER,    /* not valid any more */
    FROM_FOREIGN, /* another installation's key */
    FROM_GARBAGE,
    FROM_COUNT_
} From;
static const char *const from_names[] = {
    "nobody",         "user",      "expired user", "service", "service for a user", "service for an admin",
    "other audience", "old token", "foreign key",  "garbage"
};

static Str service_token_of(Arena *arena, From from)
{
    Actor actor = { .kind = ACTOR_USER, .user = alice, .session = session, .admin = from == FOR_ADMIN };
    if (from == FROM_SERVICE) actor = (Actor){ .kind = ACTOR_NONE };
    int64_t made_s = clock_now_ms() / 1000 - (from == FOR_LATER ? 600 : 0);
    if (from == FROM_GARBAGE) return STR("m1.garbage");
    return service_token_sign(arena, from == FROM_FOREIGN ? world.foreign_key : world.service_key, STR("group"),
                              from == FOR_ANOTHER ? STR("auth") : STR("test"), &actor, made_s);
}

static void identify(RpcCall *call, From from)
{
    Arena *arena = call->ctx->arena;
    if (from == FROM_NOBODY) return;
    if (from == FROM_USER || from == FROM_EXPIRED) {
        call->token = token_of(arena, false, from == FROM_EXPIRED ? -1 : 60);
        return;
    }
    call->service_token = service_token_of(arena, from);
    call->token = token_of(arena, true, 60); /* goes for nothing beside a service token */
}

#define NO ERR_UNAUTHENTICATED
static const struct {
    const char *path;
    Err want[FROM_COUNT_];
} identities[] = {
    /*                                      nobody user exp  svc  user admin aud  old  key  garbage */
    { "/molva.test.v1.TestService/Public", { OK, OK, OK, OK, OK, OK, NO, NO, NO, NO } },
    { "/molva.test.v1.TestService/User", { NO, OK, NO, NO, OK, OK, NO, NO, NO, NO } },
    { "/molva.test.v1.TestService/Admin", { NO, ERR_FORBIDDEN, NO, NO, ERR_FORBIDDEN, OK, NO, NO, NO, NO } },
    { "/molva.test.v1.TestService/Service", { NO, ERR_FORBIDDEN, NO, OK, OK, OK, NO, NO, NO, NO } },
};

TEST_EACH(a_service_is_known_by_its_token_and_by_nothing_else, identities, c)
{
    world_open(NULL);
    for (From from = 0; from < FROM_COUNT_; from++) {
        RpcCall *call = protobuf_call(c->path, 7);
        identify(call, from);
        run_anywhere(call);
        Str label = str_fmt(call->ctx->arena, "%s by %s", c->path, from_names[from]);
        CHECK_ERR(call->err, c->want[from], label.ptr);
        CHECK(call->identity_refused == (from >= FOR_ANOTHER), label.ptr);
        const ProtobufCMessage *got =
            call->err ? NULL : message_unpack(call->ctx->arena, &mark_read_response__descriptor, call->result);
        CHECK(call->err || ((const MarkReadResponse *)got)->read_seq == 7, label.ptr);
        rpc_call_free(call);
    }
    world_close();
}

TEST(a_method_for_users_runs_as_the_user_and_one_for_services_as_a_service)
{
    world_open(NULL);
    static const struct {
        const char *path;
        ActorKind want;
    } rows[] = { { "/molva.test.v1.TestService/Public", ACTOR_NONE },
                 { "/molva.test.v1.TestService/User", ACTOR_USER },
                 { "/molva.test.v1.TestService/Service", ACTOR_SERVICE } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        RpcCall *call = protobuf_call(rows[i].path, 7);
        identify(call, FOR_USER);
        run_anywhere(call);
        CHECK(call->ctx->actor.kind == rows[i].want, rows[i].path);
        CHECK(id_eq(call->ctx->actor.user, rows[i].want == ACTOR_NONE ? ID_NONE : alice), rows[i].path);
        rpc_call_free(call);
    }
    world_close();
}

TEST(without_a_key_there_are_no_services)
{
    world_open(NULL);
    rpc_set_service_key(world.rpc, NULL);
    RpcCall *call = protobuf_call("/molva.test.v1.TestService/Service", 7);
    identify(call, FROM_SERVICE);
    assert_int_equal(run_anywhere(call)->err, ERR_UNAUTHENTICATED);
    rpc_call_free(call);
    world_close();
}

TEST(a_service_is_not_limited_a_second_time)
{
    RateLimit *limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    world_open(limit);
    for (int i = 0; i < 200; i++) {
        RpcCall *call = protobuf_call("/molva.test.v1.TestService/User", 7);
        identify(call, FOR_USER);
        assert_int_equal(run_anywhere(call)->err, OK);
        rpc_call_free(call);
    }
    Err err = OK;
    for (int i = 0; i < 200 && !err; i++) {
        RpcCall *call = protobuf_call("/molva.test.v1.TestService/User", 7);
        identify(call, FROM_USER);
        err = run_anywhere(call)->err;
        rpc_call_free(call);
    }
    assert_int_equal(err, ERR_RATE_LIMITED);
    world_close();
    rate_limit_free(limit);
}

TEST(bytes_that_are_not_the_request_are_refused)
{
    world_open(NULL);
    char large[RPC_BODY_MAX + 1] = { 0 };
    const struct {
        const char *label;
        Str body;
        From from;
        Err want;
    } rows[] = {
        { "nothing is the request with nothing set", STR(""), FROM_USER, OK },
        { "no protobuf", STR("\xff\xff\xff"), FROM_USER, ERR_INVALID },
        { "a string that is no UTF-8", STR("\x0a\x02\xff\xfe"), FROM_USER, ERR_INVALID },
        { "too large for a user", { large, sizeof large }, FROM_USER, ERR_TOO_LARGE },
        { "as large, by a service", { large, sizeof large }, FOR_USER, ERR_INVALID },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        RpcCall *call = protobuf_call("/molva.test.v1.TestService/User", 7);
        identify(call, rows[i].from);
        call->body = rows[i].body;
        CHECK_ERR(run_anywhere(call)->err, rows[i].want, rows[i].label);
        rpc_call_free(call);
    }
    world_close();
}

TEST(a_call_that_was_given_up_does_not_run)
{
    world_open(NULL);
    atomic_bool given_up = true;
    RpcCall *call = protobuf_call("/molva.test.v1.TestService/Public", 404);
    call->given_up = &given_up;
    assert_int_equal(run_anywhere(call)->err, ERR_TIMEOUT);
    rpc_call_free(call);
    world_close();
}

/* --- services that another process hosts --- */

typedef struct FakeClient {
    RpcClient base;
    Actor actor;
    int64_t deadline_ms;
    const RpcMethod *method;
} FakeClient;

static Err fake_call(RpcClient *client, Ctx *ctx, const RpcMethod *method, const ProtobufCMessage *request,
                     ProtobufCMessage *response)
{
    FakeClient *fake = (FakeClient *)client;
    fake->actor = ctx->actor;
    fake->deadline_ms = ctx->deadline_ms;
    fake->method = method;
    return handle_echo(NULL, ctx, request, response);
}
static const RpcClientOps fake_ops = { .driver = "fake", .call = fake_call };

static void never_a_route(void *arg, const RpcMethod *method)
{
    assert_null(strstr(method->name, "far."));
}

TEST(a_method_hosted_elsewhere_is_authenticated_here_and_forwarded)
{
    static const RpcMethod far_methods[] = {
        { .name = "far.User",
          .full_path = "/far/User",
          .access = RPC_USER,
          .rate = RPC_RATE_READ,
          .input = &mark_read_request__descriptor,
          .output = &mark_read_response__descriptor },
        { .name = "far.Service",
          .full_path = "/far/Service",
          .access = RPC_SERVICE,
          .index = 1,
          .input = &mark_read_request__descriptor,
          .output = &mark_read_response__descriptor },
    };
    static const RpcService far_rpc = { .name = "far", .methods = far_methods, .n_methods = ARRAY_LEN(far_methods) };
    FakeClient client = { .base = { &fake_ops } };
    world_open(NULL);
    rpc_register_remote(world.rpc, &far_rpc, &client.base);

    RpcCall *call = call_as(STR("far.User"), USER, STR("{\"seq\":7}"));
    assert_int_equal(call->err, OK);
    CHECK_STR(call->result, STR("{\"read_seq\":7,\"unread\":0}"), "result");
    assert_true(id_eq(client.actor.user, alice) && id_eq(client.actor.session, session));
    assert_true(client.deadline_ms > 0);
    assert_string_equal(client.method->full_path, "/far/User");
    rpc_call_free(call);

    call = call_as(STR("far.User"), USER, STR("{\"seq\":404}"));
    assert_int_equal(call->err, ERR_NOT_FOUND);
    assert_string_equal(call->error_text, "no such thing");
    rpc_call_free(call);

    client.method = NULL;
    call = call_as(STR("far.User"), EXPIRED, STR("{\"seq\":7}"));
    assert_int_equal(call->err, ERR_UNAUTHENTICATED);
    assert_null(client.method);
    rpc_call_free(call);

    assert_null(rpc_find(world.rpc, STR("far.Service")));
    assert_null(rpc_find_path(world.rpc, STR("/far/User")));
    rpc_each(world.rpc, never_a_route, NULL);
    world_close();
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_method_answers_those_of_its_access_level_only),
        cmocka_unit_test(bad_requests_are_told_why_and_faults_stay_inside),
        cmocka_unit_test(a_revoked_session_is_refused_by_token_and_on_a_live_socket),
        cmocka_unit_test(a_caller_over_its_rate_is_told_when_to_come_back),
        cmocka_unit_test(a_local_client_calls_as_a_service_and_gives_the_actor_back),
        cmocka_unit_test(a_service_is_known_by_its_token_and_by_nothing_else),
        cmocka_unit_test(a_method_for_users_runs_as_the_user_and_one_for_services_as_a_service),
        cmocka_unit_test(without_a_key_there_are_no_services),
        cmocka_unit_test(a_service_is_not_limited_a_second_time),
        cmocka_unit_test(bytes_that_are_not_the_request_are_refused),
        cmocka_unit_test(a_call_that_was_given_up_does_not_run),
        cmocka_unit_test(a_method_hosted_elsewhere_is_authenticated_here_and_forwarded),
    };
    return cmocka_run_group_tests_name("rpc/rpc", tests, NULL, NULL);
}
