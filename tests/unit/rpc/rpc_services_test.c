/* Calls from other processes, in protobuf, from a transport without loops: who calls, and for whom. */
#include "rpc_world.h"

static void on_done(RpcCall *call)
{
    pthread_mutex_lock(&world.lock);
    world.finished = call;
    pthread_cond_signal(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

/* Runs the call to its end; the caller frees it. */
static RpcCall *run(RpcCall *call)
{
    world.finished = NULL;
    call->done = on_done;
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
        run(call);
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
        run(call);
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
    assert_int_equal(run(call)->err, ERR_UNAUTHENTICATED);
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
        assert_int_equal(run(call)->err, OK);
        rpc_call_free(call);
    }
    Err err = OK;
    for (int i = 0; i < 200 && !err; i++) {
        RpcCall *call = protobuf_call("/molva.test.v1.TestService/User", 7);
        identify(call, FROM_USER);
        err = run(call)->err;
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
        CHECK_ERR(run(call)->err, rows[i].want, rows[i].label);
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
    assert_int_equal(run(call)->err, ERR_TIMEOUT);
    rpc_call_free(call);
    world_close();
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_is_known_by_its_token_and_by_nothing_else),
        cmocka_unit_test(a_method_for_users_runs_as_the_user_and_one_for_services_as_a_service),
        cmocka_unit_test(without_a_key_there_are_no_services),
        cmocka_unit_test(a_service_is_not_limited_a_second_time),
        cmocka_unit_test(bytes_that_are_not_the_request_are_refused),
        cmocka_unit_test(a_call_that_was_given_up_does_not_run),
    };
    return cmocka_run_group_tests_name("rpc/rpc_services", tests, NULL, NULL);
}
