/* Who is online at other gateways. */
#include "realtime/presence/gateways.h"

#include "support/test.h"

static const Id here = { { 1 } }, there = { { 2 } }, ann = { { 3 } }, bob = { { 4 } };

TEST(a_user_is_online_as_long_as_one_gateway_has_them)
{
    Gateways *gateways = gateways_new();
    gateways_present(gateways, here, ann, 0);
    gateways_present(gateways, there, ann, 0);
    gateways_gone(gateways, here, ann);
    assert_true(gateways_have(gateways, ann));
    gateways_gone(gateways, there, ann);
    assert_false(gateways_have(gateways, ann));
    assert_int_equal(gateways_count(gateways), 2);
    gateways_free(gateways);
}

TEST(what_is_not_told_again_ends_and_is_named_once)
{
    Gateways *gateways = gateways_new();
    Id gone[8];
    gateways_present(gateways, here, ann, 0);
    gateways_present(gateways, there, ann, 0);
    gateways_present(gateways, there, bob, 0);
    gateways_present(gateways, here, ann, 10000);
    assert_int_equal(gateways_expire(gateways, GATEWAY_LEASE_MS - 1, gone, 8), 0);
    assert_int_equal(gateways_expire(gateways, GATEWAY_LEASE_MS, gone, 8), 1); /* ann is still here */
    assert_true(id_eq(gone[0], bob));
    assert_true(gateways_have(gateways, ann));
    assert_int_equal(gateways_count(gateways), 1);
    assert_int_equal(gateways_expire(gateways, 10000 + GATEWAY_LEASE_MS, gone, 8), 1);
    assert_int_equal(gateways_count(gateways), 0);
    gateways_free(gateways);
}

TEST(many_end_by_turns)
{
    Gateways *gateways = gateways_new();
    Id gone[100];
    size_t total = 0;
    for (uint32_t i = 1; i <= 1000; i++) {
        Id user = { { 9 } };
        memcpy(user.bytes + 8, &i, sizeof i);
        gateways_present(gateways, there, user, 0);
    }
    for (size_t n; (n = gateways_expire(gateways, GATEWAY_LEASE_MS, gone, 100)) > 0; total += n) assert_true(n <= 100);
    assert_int_equal(total, 1000);
    gateways_free(gateways);
}

TEST(a_gateway_that_stops_is_forgotten_and_deafness_ends_nobody)
{
    Gateways *gateways = gateways_new();
    Id gone[8];
    gateways_present(gateways, here, ann, 0);
    gateways_present(gateways, there, bob, 0);
    gateways_leave(gateways, here);
    assert_false(gateways_have(gateways, ann));
    gateways_extend(gateways, GATEWAY_LEASE_MS);
    assert_int_equal(gateways_expire(gateways, GATEWAY_LEASE_MS + 1, gone, 8), 0);
    assert_true(gateways_have(gateways, bob));
    gateways_free(gateways);
}

TEST(the_lowest_id_leads)
{
    Gateways *gateways = gateways_new();
    assert_true(gateways_lead(gateways, there));
    gateways_present(gateways, here, ID_NONE, 0);
    assert_false(gateways_lead(gateways, there));
    assert_false(gateways_have(gateways, ID_NONE));
    gateways_free(gateways);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_online_as_long_as_one_gateway_has_them),
        cmocka_unit_test(what_is_not_told_again_ends_and_is_named_once),
        cmocka_unit_test(many_end_by_turns),
        cmocka_unit_test(a_gateway_that_stops_is_forgotten_and_deafness_ends_nobody),
        cmocka_unit_test(the_lowest_id_leads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
