/* Server and client of src/adapters/grpc over loopback. */
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

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

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_starts_without_a_service_key),
        cmocka_unit_test(a_call_arrives_and_its_answer_comes_back),
        cmocka_unit_test(every_error_comes_back_as_it_was),
    };
    return cmocka_run_group_tests_name("adapters/grpc", tests, NULL, NULL);
}
