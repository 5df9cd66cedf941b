/* What a call takes beyond its one token. */
#include "rpc/cost.h"

#include "api_types.h"
#include "base/limits.h"
#include "support/test.h"

static const struct {
    const char *label;
    size_t bytes;
    uint32_t want;
} sizes[] = {
    { "nothing", 0, 1 },
    { "a short one", 200, 1 },
    { "almost a token", RPC_BYTES_PER_TOKEN - 1, 1 },
    { "a full one", RPC_BYTES_PER_TOKEN, 2 },
    { "the largest", RPC_BODY_MAX, 1 + RPC_BODY_MAX / RPC_BYTES_PER_TOKEN },
    { "absurd", SIZE_MAX, 1000000 },
};

TEST_EACH(bytes_take_tokens, sizes, c)
{
    CHECK(cost_of_bytes(c->bytes) == c->want, c->label);
}

static const RpcMethod search = {
    .name = "auth.SearchUsers",
    .costs = { { 2, 20 }, { 3, 50 } }, /* ids, limit */
    .input = &search_users_request__descriptor,
};
static const RpcMethod paged = { .name = "auth.SearchUsers",
                                 .costs = { { 3, 50, 100 } },
                                 .input = &search_users_request__descriptor };
static const RpcMethod plain = { .name = "auth.GetMe", .input = &search_users_request__descriptor };

static const struct {
    const char *label;
    size_t n_ids;
    uint32_t limit, want;
} numbers[] = {
    { "defaults", 0, 0, 0 },
    { "one", 1, 1, 0 },
    { "as much as the first token has", 20, 50, 0 },
    { "one more", 21, 0, 1 },
    { "one more of the other", 0, 51, 1 },
    { "both", 100, 100, 4 + 1 },
    { "more than anybody gives", 0, UINT32_MAX, 1000000 },
};

TEST_EACH(numbers_take_tokens, numbers, c)
{
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    request.n_ids = c->n_ids;
    request.limit = c->limit;
    CHECK(cost_of_numbers(&search, &request.base) == c->want, c->label);
    CHECK(cost_of_numbers(&plain, &request.base) == 0, c->label);
}

TEST(a_page_costs_no_more_than_the_longest)
{
    SearchUsersRequest request = SEARCH_USERS_REQUEST__INIT;
    request.limit = 100;
    assert_int_equal(cost_of_numbers(&paged, &request.base), 1);
    request.limit = UINT32_MAX;
    assert_int_equal(cost_of_numbers(&paged, &request.base), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_take_tokens),
        cmocka_unit_test(numbers_take_tokens),
        cmocka_unit_test(a_page_costs_no_more_than_the_longest),
    };
    return cmocka_run_group_tests_name("rpc/cost", tests, NULL, NULL);
}
