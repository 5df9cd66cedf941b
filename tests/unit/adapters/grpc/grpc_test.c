/* Server and client of src/adapters/grpc over loopback. */
#include <sched.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/grpc/grpc_limits.h"
#include "base/metrics.h"
#include "runtime/clock.h"
#include "runtime/thread.h"
#include "unit/adapters/grpc/grpc_world.h"

TEST(nothing_starts_without_a_service_key)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Grpc *grpc = NULL;
    GrpcConfig config = { .process = "test" };
    assert_int_equal(grpc_engine_open(ctx, &config, &grpc), ERR_PRECONDITION);
    assert_null(grpc);
    assert_null(service_key_new(STR("31 bytes are too few for a key!")));
}

TEST(a_call_arrives_and_its_answer_comes_back)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    MarkReadResponse out;
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, 7, &out), OK);
    assert_int_equal(out.read_seq, 7);
    assert_int_equal(out.unread, SEEN(ACTOR_SERVICE, false, false));
    rpc_client_free(client);
    world_close(world);
}

TEST(every_error_comes_back_as_it_was)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    for (int err = OK + 1; err < ERR_COUNT_; err++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        MarkReadResponse out;
        const ErrInfo *info = err_info((Err)err);
        CHECK_ERR(world_call(client, ctx, TEST_ONCE, DO_FAIL + (uint32_t)err, &out), (Err)err, info->name);
        bool is_fault = err == ERR_INTERNAL || err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_STORAGE_FULL;
        Str told = str_of(ctx->err_text);
        if (is_fault)
            CHECK(str_starts_with(told, str_of(info->text)), info->name);
        else
            CHECK_STR(told, str_fmt(ctx->arena, "the story of %s: \xc3\xa4\xf0\x9f\x98\x80 100%%", info->name),
                      info->name);
        bool is_later = err == ERR_RATE_LIMITED || err == ERR_UNAVAILABLE;
        CHECK(ctx->retry_after_ms == (is_later ? 1234 : 0), info->name);
        if (is_fault) CHECK(!strstr(ctx->err_text, "the story"), info->name);
    }
    rpc_client_free(client);
    world_close(world);
}

typedef struct Caller {
    pthread_t thread;
    RpcClient *client;
    int method;
    uint32_t seq;
    int64_t within_ms;   /* 0: no deadline of its own */
    struct Crowd *crowd; /* or NULL */
    Err err;
    MarkReadResponse out;
    uint32_t retry_after_ms;
    bool unasked; /* refused before anything was sent */
} Caller;

static void crowd_count(struct Crowd *crowd, Err err);

static void caller_main(void *arg)
{
    Caller *caller = arg;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    if (caller->within_ms) ctx->deadline_ms = clock_monotonic_ms() + caller->within_ms;
    caller->err = world_call(caller->client, ctx, caller->method, caller->seq, &caller->out);
    caller->retry_after_ms = ctx->retry_after_ms;
    caller->unasked = caller->err && strstr(ctx->err_text, "not asked");
    if (caller->crowd) crowd_count(caller->crowd, caller->err);
}

static void caller_start(Caller *caller)
{
    caller->thread = thread_start("caller", THREAD_WORKER, caller_main, caller);
}

TEST(a_call_is_made_for_the_user_who_asked)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    MarkReadResponse out;
    ctx->actor = (Actor){ .kind = ACTOR_USER, .user = alice, .session = alice_session };
    assert_int_equal(world_call(client, ctx, TEST_USER, 7, &out), OK);
    assert_int_equal(out.unread, SEEN(ACTOR_USER, false, true));
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, 7, &out), OK);
    assert_int_equal(out.unread, SEEN(ACTOR_SERVICE, false, true));
    assert_int_equal(world_call(client, ctx, TEST_ADMIN, 7, &out), ERR_FORBIDDEN);
    ctx->actor.admin = true;
    assert_int_equal(world_call(client, ctx, TEST_ADMIN, 7, &out), OK);
    assert_int_equal(out.unread, SEEN(ACTOR_USER, true, true));
    assert_int_equal(world_call(client, ctx, TEST_PUBLIC, 7, &out), OK);
    assert_int_equal(out.unread, SEEN(ACTOR_NONE, false, false));
    assert_int_equal(ctx->actor.kind, ACTOR_USER);
    rpc_client_free(client);
    world_close(world);
}

TEST(address_agent_and_trace_of_the_user_travel_along)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    MarkReadResponse out;
    ctx->peer = STR("2001:db8::7");
    ctx->user_agent = STR("a browser");
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, DO_AGENT, &out), ERR_PRECONDITION);
    CHECK_STR(str_of(ctx->err_text), str_fmt(ctx->arena, "2001:db8::7 a browser %s", ctx->trace_id), "all three");
    ctx->peer = ctx->user_agent = (Str){ 0 };
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, DO_AGENT, &out), ERR_PRECONDITION);
    CHECK(str_starts_with(str_of(ctx->err_text), STR("127.0.0.1 ")), "the caller's own address");
    ctx->user_agent = STR("\x01 no header \xff");
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, 7, &out), OK);
    rpc_client_free(client);
    world_close(world);
}

TEST(a_deadline_travels_and_ends_the_call)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    MarkReadResponse out;
    ctx->deadline_ms = clock_monotonic_ms() + 5000;
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, DO_TELL, &out), OK);
    assert_in_range(out.unread, 1, 5100); /* the library rounds up */

    Caller caller = { .client = client, .method = TEST_SERVICE, .seq = DO_BLOCK, .within_ms = 200 };
    caller_start(&caller);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.err, ERR_TIMEOUT);

    int runs = atomic_load(&world->n_runs);
    ctx->deadline_ms = clock_monotonic_ms() - 1;
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, 7, &out), ERR_TIMEOUT);
    assert_int_equal(atomic_load(&world->n_runs), runs);
    rpc_client_free(client);
    world_close(world);
}

static char *text_of(size_t len)
{
    char *text = malloc(len + 1);
    if (!text) abort();
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

TEST(messages_are_large_and_bounded)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    static const struct {
        size_t len;
        Err want;
    } rows[] = { { 0, OK }, { 70000, OK }, { 4000000, OK }, { (4 << 20) + 1, ERR_TOO_LARGE }, { 3, OK } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        SendRequest request = SEND_REQUEST__INIT;
        SendResponse response = SEND_RESPONSE__INIT;
        char *text = text_of(rows[i].len);
        request.text = text;
        Err err = rpc_client_call(client, ctx, &test_rpc.methods[TEST_ECHO], &request.base, &response.base);
        CHECK_ERR(err, rows[i].want, str_fmt(ctx->arena, "%zu bytes", rows[i].len).ptr);
        if (!err) assert_string_equal(response.message->text, text);
        free(text);
    }
    rpc_client_free(client);
    world_close(world);
}

TEST(a_second_server_on_the_port_is_refused)
{
    World *world = world_open(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    GrpcServer *second = NULL;
    GrpcServerConfig config = { .address = world->target + strlen("ipv4:") };
    assert_int_equal(grpc_server_open(ctx, world->grpc, world->rpc, &config, &second), ERR_CONFLICT);
    assert_null(second);
    assert_non_null(strstr(ctx->err_text, config.address));
    world_close(world);
}

TEST(a_process_with_another_key_is_told_apart_from_a_user)
{
    World *world = world_open(NULL), *other = world_open(NULL);
    service_key_free(other->key);
    grpc_server_close(other->server);
    other->server = NULL;
    grpc_engine_close(other->grpc);
    other->key = service_key_new(STR("another secret of 32 bytes and some more"));
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    GrpcConfig config = { .process = "other", .key = other->key, .threads = 2 };
    assert_int_equal(grpc_engine_open(ctx, &config, &other->grpc), OK);
    RpcClient *client = grpc_client_new(other->grpc, &test_rpc, world->target);
    MarkReadResponse out;
    /* A user must not be sent to sign in again because our processes disagree. */
    assert_int_equal(world_call(client, ctx, TEST_SERVICE, 7, &out), ERR_INTERNAL);
    assert_non_null(strstr(ctx->err_text, "refuses this process"));
    rpc_client_free(client);
    world_close(other);
    world_close(world);
}

TEST(without_a_peer_the_service_is_unavailable)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    grpc_server_close(world->server);
    world->server = NULL;
    Caller caller = { .client = client, .method = TEST_ONCE, .seq = 7, .within_ms = 300 };
    caller_start(&caller);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.err, ERR_UNAVAILABLE);
    rpc_client_free(client);
    world_close(world);
}

TEST(a_call_waits_for_a_server_that_is_restarted)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    Caller caller = { .client = client, .method = TEST_ONCE, .seq = 7 };
    caller_start(&caller);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.err, OK);
    grpc_server_close(world->server);
    caller_start(&caller);
    world_serve(world);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.err, OK);
    rpc_client_free(client);
    world_close(world);
}

TEST(a_draining_server_answers_what_runs_and_what_comes_later_goes_to_the_next)
{
    enum { CALLERS = 64 };
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    Caller callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (Caller){ .client = client, .method = i % 2 ? TEST_ONCE : TEST_SERVICE, .seq = DO_BLOCK };
        caller_start(&callers[i]);
    }
    world_await_blocked(world, CALLERS);
    Caller late[CALLERS];
    GrpcServer *old = world->server;
    grpc_server_ready(old, false);
    for (int i = 0; i < CALLERS; i++) {
        late[i] = (Caller){ .client = client, .method = i % 2 ? TEST_ONCE : TEST_SERVICE, .seq = 7 };
        caller_start(&late[i]);
    }
    world_release(world);
    grpc_server_drain(old, 10000);
    grpc_server_close(old);
    world_serve(world);
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        pthread_join(late[i].thread, NULL);
        CHECK_ERR(callers[i].err, OK, "running");
        CHECK_ERR(late[i].err, OK, "late");
    }
    rpc_client_free(client);
    world_close(world);
}

typedef struct Load {
    RpcClient *client;
    int method;
    atomic_bool *stop;
    unsigned calls;
    Err err;
} Load;

static void load_main(void *arg)
{
    Load *load = arg;
    while (!load->err && !atomic_load(load->stop)) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        MarkReadResponse out;
        load->err = world_call(load->client, ctx, load->method, 7, &out);
        if (load->err) {
            print_error("%s\n", ctx->err_text);
            atomic_store(load->stop, true);
        }
        load->calls++;
    }
}

enum { LOADS = 64, RESTARTS = 5 };

/* Calls without a pause from all sides while the server is restarted again and again; none may fail. */
static void restart_under_load(uint32_t drain_ms, const int methods[4])
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    atomic_bool stop = false;
    Load loads[LOADS];
    pthread_t threads[LOADS];
    for (int i = 0; i < LOADS; i++) {
        loads[i] = (Load){ .client = client, .method = methods[i % 4], .stop = &stop };
        threads[i] = thread_start("load", THREAD_WORKER, load_main, &loads[i]);
    }
    for (int i = 0; i < RESTARTS; i++) {
        int runs = atomic_load(&world->n_runs);
        while (!atomic_load(&stop) && atomic_load(&world->n_runs) < runs + LOADS) sched_yield();
        grpc_server_drain(world->server, drain_ms);
        grpc_server_close(world->server);
        world_serve(world);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < LOADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < LOADS; i++) {
        CHECK_ERR(loads[i].err, OK, test_rpc.methods[loads[i].method].name);
        assert_true(loads[i].calls > 0);
    }
    rpc_client_free(client);
    world_close(world);
}

TEST(no_call_fails_while_a_server_under_load_is_restarted)
{
    restart_under_load(5000, (const int[]){ TEST_SERVICE, TEST_SERVICE, TEST_SERVICE, TEST_ONCE });
}

TEST(calls_that_may_run_twice_survive_a_server_that_stops_without_notice)
{
    restart_under_load(0, (const int[]){ TEST_SERVICE, TEST_SERVICE, TEST_PUBLIC, TEST_SERVICE });
}

typedef struct Drain {
    GrpcServer *server;
    atomic_bool is_done;
} Drain;

static void drain_main(void *arg)
{
    Drain *drain = arg;
    grpc_server_drain(drain->server, 100);
    atomic_store(&drain->is_done, true);
}

TEST(a_caller_is_not_kept_waiting_by_a_method_that_does_not_end)
{
    World *world = world_open(NULL);
    RpcClient *client = world_client(world);
    Caller caller = { .client = client, .method = TEST_ONCE, .seq = DO_BLOCK };
    Drain drain = { .server = world->server };
    caller_start(&caller);
    world_await_blocked(world, 1);
    pthread_t thread = thread_start("drain", THREAD_WORKER, drain_main, &drain);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.err, ERR_UNAVAILABLE); /* it may have run: it is not run again */
    assert_int_equal(atomic_load(&world->n_runs), 1);
    assert_false(atomic_load(&drain.is_done)); /* the method runs still, and uses what the server has */
    world_release(world);
    pthread_join(thread, NULL);
    rpc_client_free(client);
    world_close(world);
}

enum { PLACES = 4, CROWD = 20 };

/* Callers of a method that does not end. */
typedef struct Crowd {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* lock */
    int n_ended, n_ended_with[ERR_COUNT_];
    Caller callers[CROWD];
} Crowd;

static void crowd_count(Crowd *crowd, Err err)
{
    pthread_mutex_lock(&crowd->lock);
    crowd->n_ended++;
    crowd->n_ended_with[err]++;
    pthread_cond_signal(&crowd->changed);
    pthread_mutex_unlock(&crowd->lock);
}

static void crowd_start(Crowd *crowd, RpcClient *client)
{
    *crowd = (Crowd){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    for (int i = 0; i < CROWD; i++) {
        crowd->callers[i] = (Caller){ .client = client, .method = TEST_SERVICE, .seq = DO_BLOCK, .crowd = crowd };
        caller_start(&crowd->callers[i]);
    }
}

static void crowd_await(Crowd *crowd, int count)
{
    pthread_mutex_lock(&crowd->lock);
    while (crowd->n_ended < count) pthread_cond_wait(&crowd->changed, &crowd->lock);
    pthread_mutex_unlock(&crowd->lock);
}

/* Returns how many were refused before anything was sent. Whoever was refused, then or later, knows when to come back. */
static int crowd_join(Crowd *crowd)
{
    int n_unasked = 0;
    for (int i = 0; i < CROWD; i++) {
        pthread_join(crowd->callers[i].thread, NULL);
        assert_int_equal(crowd->callers[i].retry_after_ms, crowd->callers[i].err ? GRPC_QUICK_MS : 0);
        n_unasked += crowd->callers[i].unasked;
    }
    return n_unasked;
}

static Grpc *engine_with_places(const World *world)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Grpc *grpc = NULL;
    GrpcConfig config = { .process = "test", .key = world->key, .workers = PLACES * GRPC_PLACES_SHARE };
    assert_int_equal(grpc_engine_open(ctx, &config, &grpc), OK);
    return grpc;
}

static Err ask(RpcClient *client)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    MarkReadResponse out;
    return world_call(client, ctx, TEST_SERVICE, 7, &out);
}

static void check_refused_metric(int want)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    StrBuf out;
    strbuf_init(&out, arena);
    metrics_write(&out);
    const char *line = str_fmt(arena, "\nmolva_grpc_refused_total{service=\"test\"} %d\n", want).ptr;
    CHECK(strstr(str_cstr(arena, strbuf_str(&out)), line), line);
}

/* A crowd of which all end but those who have a place; then all is well again. Returns how many were refused. */
static int hang(World *world, RpcClient *client, RpcClient *to_other)
{
    Crowd first, late;
    int n_unasked = 0, n_refused = CROWD - PLACES;
    crowd_start(&first, client);
    crowd_await(&first, CROWD - PLACES);
    assert_int_equal(ask(to_other), OK);
    assert_int_equal(ask(client), OK); /* some instance may answer */
    while (n_unasked == 0) {           /* at once, if they do not take seconds to come */
        crowd_start(&late, client);
        n_unasked = crowd_join(&late);
        assert_int_equal(late.n_ended_with[ERR_UNAVAILABLE], CROWD);
        n_refused += CROWD;
    }
    world_release(world);
    crowd_join(&first);
    assert_int_equal(first.n_ended_with[OK], PLACES);
    assert_int_equal(first.n_ended_with[ERR_UNAVAILABLE], CROWD - PLACES);
    for (int i = 0; i < CROWD; i++) assert_int_equal(ask(client), OK);
    return n_refused;
}

TEST(a_service_that_hangs_holds_few_callers_and_those_of_others_go_on)
{
    World *world = world_open(NULL), *other = world_open(NULL);
    Grpc *grpc = engine_with_places(world);
    RpcClient *client = grpc_client_new(grpc, &test_rpc, world->target);
    RpcClient *to_other = grpc_client_new(grpc, &test_rpc, other->target);
    int n_refused = hang(world, client, to_other);
    world_hold(world);
    n_refused += hang(world, client, to_other); /* the places have come back */
    check_refused_metric(n_refused);
    rpc_client_free(to_other);
    rpc_client_free(client);
    grpc_engine_close(grpc);
    world_close(other);
    world_close(world);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_starts_without_a_service_key),
        cmocka_unit_test(a_call_arrives_and_its_answer_comes_back),
        cmocka_unit_test(every_error_comes_back_as_it_was),
        cmocka_unit_test(a_call_is_made_for_the_user_who_asked),
        cmocka_unit_test(address_agent_and_trace_of_the_user_travel_along),
        cmocka_unit_test(a_deadline_travels_and_ends_the_call),
        cmocka_unit_test(messages_are_large_and_bounded),
        cmocka_unit_test(a_second_server_on_the_port_is_refused),
        cmocka_unit_test(a_process_with_another_key_is_told_apart_from_a_user),
        cmocka_unit_test(without_a_peer_the_service_is_unavailable),
        cmocka_unit_test(a_call_waits_for_a_server_that_is_restarted),
        cmocka_unit_test(a_draining_server_answers_what_runs_and_what_comes_later_goes_to_the_next),
        cmocka_unit_test(no_call_fails_while_a_server_under_load_is_restarted),
        cmocka_unit_test(calls_that_may_run_twice_survive_a_server_that_stops_without_notice),
        cmocka_unit_test(a_caller_is_not_kept_waiting_by_a_method_that_does_not_end),
        cmocka_unit_test(a_service_that_hangs_holds_few_callers_and_those_of_others_go_on),
    };
    return cmocka_run_group_tests_name("adapters/grpc", tests, NULL, NULL);
}
