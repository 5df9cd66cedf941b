/* Calls in JSON, from a loop: access, errors, rates; and what another process hosts. */
#include <unistd.h>

#include "base/log.h"
#include "rpc_world.h"

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

/* Calls so often; the lines that the log got. */
static size_t count_lines_of(Str body, int n_calls)
{
    int ends[2], saved = dup(STDERR_FILENO);
    char text[65536];
    size_t n = 0;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    for (int i = 0; i < n_calls; i++) rpc_call_free(call_as(STR("test.Public"), NOBODY, body));
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    for (ssize_t len; (len = read(ends[0], text, sizeof text)) > 0;)
        for (ssize_t i = 0; i < len; i++) n += text[i] == '\n';
    close(ends[0]);
    return n;
}

TEST(one_caller_cannot_fill_the_log_and_a_fault_of_ours_is_always_in_it)
{
    world_open(NULL);
    /* And a few more, should this take long. */
    assert_in_range(count_lines_of(STR("{\"seq\":503}"), 200), LOG_LINES_AT_ONCE, 2 * LOG_LINES_AT_ONCE);
    assert_int_equal(count_lines_of(STR("{\"seq\":500}"), 20), 20);
    assert_int_equal(count_lines_of(STR("{\"seq\":404}"), 20), 0);
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

static const struct {
    const char *label;
    size_t bytes; /* of white space in the request */
    uint32_t number;
    int want; /* calls that pass at once, of a bucket with 30 */
} dear[] = {
    { "a plain one", 0, 0, 30 },
    { "by its bytes", 4 * RPC_BYTES_PER_TOKEN, 0, 6 },
    { "by a number in it", 0, 100, 3 },
};

/* The numbers are read after the first token was taken, so a call that is refused for them takes one. */
TEST_EACH(a_call_that_makes_more_work_takes_more_tokens, dear, c)
{
    RateLimit *limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    world_open(limit);
    int passed = 0;
    Err err = OK;
    for (int i = 0; i < 40 && !err; i++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        char *spaces = arena_alloc(ctx->arena, c->bytes + 1);
        memset(spaces, ' ', c->bytes);
        RpcCall *call = call_as(STR("test.Dear"), USER, str_fmt(ctx->arena, "%s{\"seq\":%u}", spaces, c->number));
        err = call->err;
        passed += !err;
        rpc_call_free(call);
    }
    CHECK_ERR(err, ERR_RATE_LIMITED, c->label);
    CHECK(passed >= c->want && passed <= c->want + 3, c->label); /* tokens come back while the loop runs */
    world_close();
    rate_limit_free(limit);
}

/* --- one caller and the others --- */

typedef struct Gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* lock */
    int inside, done;
    bool is_open;
} Gate;

static Err wait_at_gate(void *service, Ctx *ctx, const void *request, void *response)
{
    Gate *gate = service;
    if (((const MarkReadRequest *)request)->seq == 0) return OK; /* passes by */
    pthread_mutex_lock(&gate->lock);
    gate->inside++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->is_open) pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    return OK;
}

static const RpcMethod slow_methods[] = { {
    .name = "slow.Call",
    .access = RPC_USER,
    .rate = RPC_RATE_READ,
    .input = &mark_read_request__descriptor,
    .output = &mark_read_response__descriptor,
    .handler = wait_at_gate,
} };
static const RpcService slow_rpc = { .name = "slow", .methods = slow_methods, .n_methods = 1 };

static void on_slow_done(RpcCall *call)
{
    Gate *gate = call->owner;
    assert_int_equal(call->err, OK);
    rpc_call_free(call);
    pthread_mutex_lock(&gate->lock);
    gate->done++;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static void start_slow(Loop *loop, void *arg)
{
    RpcCall *call = arg;
    call->loop = loop;
    rpc_start(call);
}

static RpcCall *slow_call(Gate *gate, Id user, Str body)
{
    RpcCall *call = rpc_call_new(world.rpc, rpc_find(world.rpc, STR("slow.Call")));
    call->actor_known = true;
    call->ctx->actor = (Actor){ .kind = ACTOR_USER, .user = user, .session = session };
    call->body = body;
    call->owner = gate;
    call->done = on_slow_done;
    return call;
}

static void wait_until(Gate *gate, const int *count, int want)
{
    pthread_mutex_lock(&gate->lock);
    while (*count < want) pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

/* Of four workers three. */
TEST(one_user_never_holds_all_workers_and_is_told_when_too_many_of_their_calls_wait)
{
    static const Id bob = { { 7 } };
    Gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    world_open(NULL);
    Lanes *lanes = lanes_new(world.workers, 3, 5);
    Rpc *plain = world.rpc;
    world.rpc = rpc_new(world.workers, world.identity, &(CallerLimits){ .lanes = lanes });
    rpc_register(world.rpc, &slow_rpc, &gate);

    for (int i = 0; i < 8; i++) loop_post(world.loop, start_slow, slow_call(&gate, alice, STR("{\"seq\":1}")));
    wait_until(&gate, &gate.inside, 3);
    RpcCall *other = run(slow_call(&gate, bob, STR("{}")));
    assert_int_equal(other->err, OK);
    rpc_call_free(other);
    RpcCall *ninth = run(slow_call(&gate, alice, STR("{}")));
    assert_int_equal(ninth->err, ERR_RATE_LIMITED);
    assert_true(ninth->ctx->retry_after_ms > 0);
    rpc_call_free(ninth);

    pthread_mutex_lock(&gate.lock);
    assert_int_equal(gate.inside, 3);
    gate.is_open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    wait_until(&gate, &gate.done, 8);
    rpc_free(world.rpc);
    world.rpc = plain;
    world_close();
    lanes_free(lanes);
}

static RpcCall *call_of_user(Id user)
{
    RpcCall *call = rpc_call_new(world.rpc, rpc_find(world.rpc, STR("test.User")));
    call->actor_known = true;
    call->ctx->actor = (Actor){ .kind = ACTOR_USER, .user = user, .session = session };
    call->body = STR("{\"seq\":7}");
    return run(call);
}

/* An answer is 26 bytes; a caller may have 30, all may have 60. */
TEST(who_does_not_take_their_answers_gets_no_further_ones)
{
    static const Id bob = { { 7 } }, eve = { { 8 } };
    world_open(NULL);
    Budget *bytes = budget_new(30, 60);
    Rpc *plain = world.rpc;
    world.rpc = rpc_new(world.workers, world.identity, &(CallerLimits){ .bytes = bytes });
    rpc_register(world.rpc, &test_rpc, &world);

    RpcCall *first = call_of_user(alice), *second = call_of_user(alice);
    assert_int_equal(first->err, OK);
    assert_int_equal(first->answer.units, first->result.len);
    assert_int_equal(second->err, OK); /* there was room for a byte */
    RpcCall *third = call_of_user(alice);
    assert_int_equal(third->err, ERR_RATE_LIMITED);
    assert_int_equal(third->ctx->retry_after_ms, 1000);
    RpcCall *other = call_of_user(bob), *late = call_of_user(eve);
    assert_int_equal(other->err, OK);
    assert_int_equal(late->err, ERR_UNAVAILABLE);
    rpc_call_free(late);

    rpc_call_free(first);
    rpc_call_free(second);
    rpc_call_free(third);
    RpcCall *again = call_of_user(alice);
    assert_int_equal(again->err, OK);
    rpc_call_free(again);
    rpc_call_free(other);
    assert_int_equal(budget_held(bytes), 0);
    rpc_free(world.rpc);
    world.rpc = plain;
    world_close();
    budget_free(bytes);
}

TEST(a_call_whose_deadline_passed_does_not_run)
{
    world_open(NULL);
    RpcCall *call = rpc_call_new(world.rpc, rpc_find(world.rpc, STR("test.Public")));
    call->ctx->deadline_ms = clock_monotonic_ms() - 1;
    call->body = STR("{\"seq\":404}");
    assert_int_equal(run(call)->err, ERR_TIMEOUT);
    rpc_call_free(call);
    world_close();
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
        cmocka_unit_test(one_caller_cannot_fill_the_log_and_a_fault_of_ours_is_always_in_it),
        cmocka_unit_test(a_revoked_session_is_refused_by_token_and_on_a_live_socket),
        cmocka_unit_test(a_caller_over_its_rate_is_told_when_to_come_back),
        cmocka_unit_test(a_call_that_makes_more_work_takes_more_tokens),
        cmocka_unit_test(one_user_never_holds_all_workers_and_is_told_when_too_many_of_their_calls_wait),
        cmocka_unit_test(who_does_not_take_their_answers_gets_no_further_ones),
        cmocka_unit_test(a_call_whose_deadline_passed_does_not_run),
        cmocka_unit_test(a_local_client_calls_as_a_service_and_gives_the_actor_back),
        cmocka_unit_test(a_method_hosted_elsewhere_is_authenticated_here_and_forwarded),
    };
    return cmocka_run_group_tests_name("rpc/rpc", tests, NULL, NULL);
}
