#include "rpc/rate_limit.h"

#include "support/test.h"

static Ctx *caller(Str peer, uint8_t user)
{
    Ctx *ctx = test_ctx_new();
    ctx->peer = peer;
    if (user) ctx->actor = (Actor){ .kind = ACTOR_USER, .user = { { user } } };
    return ctx;
}

/* How many calls in a row are let through, at most 1000. */
static int burst_of(RateLimit *limit, Ctx *ctx, RpcRate rate)
{
    int n = 0;
    while (n < 1000 && rate_limit_take(limit, ctx, rate, 1) == OK) n++;
    return n;
}

TEST(a_burst_passes_and_then_a_wait_is_named)
{
    RateLimit *limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    _cleanup_(ctx_freep) Ctx *ctx = caller(STR("192.0.2.1"), 0);
    int burst = burst_of(limit, ctx, RPC_RATE_CREDENTIAL);
    assert_in_range(burst, 30, 40); /* some tokens come back while the loop runs */
    assert_int_equal(rate_limit_take(limit, ctx, RPC_RATE_CREDENTIAL, 1), ERR_RATE_LIMITED);
    assert_in_range(ctx->retry_after_ms, 1, 1001);
    rate_limit_free(limit);
}

static const struct {
    const char *label;
    uint32_t tokens;
    int want; /* calls that pass at once, of a bucket with 30 */
} prices[] = {
    { "one", 1, 30 },
    { "seven", 7, 4 },
    { "all", 30, 1 },
    { "more than there can be", 31, 1 },
    { "absurd", UINT32_MAX, 1 },
};

TEST_EACH(dear_calls_are_fewer_and_none_is_too_dear_for_ever, prices, c)
{
    RateLimit *limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    _cleanup_(ctx_freep) Ctx *ctx = caller(STR("192.0.2.1"), 1);
    for (int i = 0; i < c->want; i++)
        CHECK_ERR(rate_limit_take(limit, ctx, RPC_RATE_CREDENTIAL, c->tokens), OK, c->label);
    if (c->tokens > 1) {
        CHECK_ERR(rate_limit_take(limit, ctx, RPC_RATE_CREDENTIAL, c->tokens), ERR_RATE_LIMITED, c->label);
        CHECK(ctx->retry_after_ms > 0 && ctx->retry_after_ms <= 30001, c->label);
    }
    rate_limit_free(limit);
}

TEST(callers_and_classes_do_not_share_a_bucket)
{
    RateLimit *limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    _cleanup_(ctx_freep) Ctx *first = caller(STR("192.0.2.1"), 1);
    _cleanup_(ctx_freep) Ctx *same_address = caller(STR("192.0.2.1"), 2);
    _cleanup_(ctx_freep) Ctx *nobody = caller(STR("192.0.2.1"), 0);
    burst_of(limit, first, RPC_RATE_SEARCH);
    assert_int_equal(rate_limit_take(limit, first, RPC_RATE_READ, 1), OK);
    assert_int_equal(rate_limit_take(limit, same_address, RPC_RATE_SEARCH, 1), OK);
    assert_int_equal(rate_limit_take(limit, nobody, RPC_RATE_SEARCH, 1), OK);
    rate_limit_free(limit);
}

TEST(an_ipv6_caller_cannot_hop_within_its_network)
{
    RateLimit *limit = rate_limit_new(RATE_LIMIT_BUCKETS_MAX);
    _cleanup_(ctx_freep) Ctx *one = caller(STR("2001:db8:0:7:1:2:3:4"), 0);
    _cleanup_(ctx_freep) Ctx *neighbour = caller(STR("2001:db8:0:7:ffff::1"), 0);
    _cleanup_(ctx_freep) Ctx *stranger = caller(STR("2001:db8:0:8:1:2:3:4"), 0);
    _cleanup_(ctx_freep) Ctx *shortened = caller(STR("2001:db8::1:2:3:4"), 0);
    _cleanup_(ctx_freep) Ctx *its_neighbour = caller(STR("2001:db8::2:2:3:4"), 0);
    burst_of(limit, one, RPC_RATE_SEARCH);
    assert_int_equal(rate_limit_take(limit, neighbour, RPC_RATE_SEARCH, 1), ERR_RATE_LIMITED);
    assert_int_equal(rate_limit_take(limit, stranger, RPC_RATE_SEARCH, 1), OK);
    burst_of(limit, shortened, RPC_RATE_SEARCH);
    assert_int_equal(rate_limit_take(limit, its_neighbour, RPC_RATE_SEARCH, 1), ERR_RATE_LIMITED);
    rate_limit_free(limit);
}

/* 30 calls at once are everybody's right while there are buckets; with 16 buckets for 2,000 callers they share. */
TEST(a_flood_of_callers_ends_up_in_a_shared_bucket)
{
    RateLimit *limit = rate_limit_new(16);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
        _cleanup_(ctx_freep) Ctx *ctx = caller(STR("192.0.2.1"), 1);
        memcpy(ctx->actor.user.bytes, &i, sizeof i);
        for (int call = 0; call < 30; call++) refused += rate_limit_take(limit, ctx, RPC_RATE_CREDENTIAL, 1) != OK;
    }
    assert_true(refused > 2000 * 30 / 2);
    rate_limit_free(limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_and_then_a_wait_is_named),
        cmocka_unit_test(dear_calls_are_fewer_and_none_is_too_dear_for_ever),
        cmocka_unit_test(callers_and_classes_do_not_share_a_bucket),
        cmocka_unit_test(an_ipv6_caller_cannot_hop_within_its_network),
        cmocka_unit_test(a_flood_of_callers_ends_up_in_a_shared_bucket),
    };
    return cmocka_run_group_tests_name("rpc/rate_limit", tests, NULL, NULL);
}
